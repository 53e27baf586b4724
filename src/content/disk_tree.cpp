// SPDX-License-Identifier: MIT
#include "disk_tree.hpp"

#include <algorithm>
#include <cerrno>
#include <dirent.h>
#include <fcntl.h>
#include <memory>
#include <string>
#include <sys/stat.h>
#include <unistd.h>
#include <vector>

#include "disk_io.hpp"

#include "g2afs/base/file_descriptor.hpp"

namespace g2afs {
namespace {

constexpr std::int64_t kLeftover =
    3600;  // seconds; a creation takes milliseconds, clocks of machines differ by minutes

/// As `du` counts.
std::uint64_t allocated(const struct stat& status) { return static_cast<std::uint64_t>(status.st_blocks) * 512; }

std::int64_t used(const struct stat& status) {
  return status.st_mtim.tv_sec * 1'000'000'000LL + status.st_mtim.tv_nsec;
}

struct CloseDirectory {
  void operator()(DIR* directory) const { ::closedir(directory); }
};
using Directory = std::unique_ptr<DIR, CloseDirectory>;

/// Calls `each` with the names in a directory, "." among them but not "..". False with errno.
template <class Each>
bool list(const std::filesystem::path& path, const Each& each) {
  const int fd = ::open(path.c_str(), O_RDONLY | O_DIRECTORY | O_CLOEXEC | O_NOFOLLOW);
  const Directory directory(fd >= 0 ? ::fdopendir(fd) : nullptr);
  if (!directory) return false;
  for (;;) {
    errno = 0;
    const dirent* entry = ::readdir(directory.get());
    if (entry == nullptr) return errno == 0;
    const std::string_view name = entry->d_name;
    if (name != "..") each(::dirfd(directory.get()), std::string(name));
  }
}

bool status_of(int directory, const std::string& name, struct stat& status) {
  return ::fstatat(directory, name.c_str(), &status, AT_SYMLINK_NOFOLLOW) == 0;
}

/// All that is neither account nor shard: counted.
std::uint64_t bytes_below(const std::filesystem::path& path) {
  std::uint64_t bytes = 0;
  static_cast<void>(list(path, [&](int directory, const std::string& name) {
    struct stat status {};
    if (!status_of(directory, name, status)) return;
    bytes += name != "." && S_ISDIR(status.st_mode) ? bytes_below(path / name) : allocated(status);
  }));
  return bytes;
}

bool is_shard(const std::string& name) {
  return name.size() == 2 && name.find_first_not_of("0123456789abcdef") == std::string::npos;
}

struct Seen {
  DiskName name;
  struct stat status;
};

}  // namespace

std::optional<MapHeader> read_header(int map) {
  RawMapHeader raw;
  if (read_at(map, raw, 0) != static_cast<ssize_t>(raw.size())) return std::nullopt;
  return decode(raw);
}

std::filesystem::path DiskTree::shard(std::uint64_t account, FileKey file) const {
  return directory_ / disk_account_name(account) / disk_shard_name(file.id);
}

Result<std::uint64_t> DiskTree::walk(std::int64_t now_seconds,
                                     const std::function<void(const DiskItem&)>& visit) const {
  std::uint64_t bytes = 0;
  struct stat status {};
  if (::stat(directory_.parent_path().c_str(), &status) == 0) bytes += allocated(status);
  const bool listed = list(directory_, [&](int directory, const std::string& name) {
    struct stat of_entry {};
    if (!status_of(directory, name, of_entry)) return;
    const auto account = parse_disk_number(name);
    if (name == "." || !S_ISDIR(of_entry.st_mode)) {
      bytes += allocated(of_entry);
    } else if (!account) {
      bytes += bytes_below(directory_ / name);
    } else {
      static_cast<void>(list(directory_ / name, [&](int shards, const std::string& shard) {
        struct stat of_shard {};
        if (given_up_ || !status_of(shards, shard, of_shard)) return;
        if (is_shard(shard) && S_ISDIR(of_shard.st_mode)) {
          bytes += walk_shard(*account, directory_ / name / shard, now_seconds, visit);
        } else {
          bytes +=
              shard != "." && S_ISDIR(of_shard.st_mode) ? bytes_below(directory_ / name / shard) : allocated(of_shard);
        }
      }));
    }
  });
  if (given_up_) return fail(Errc::Unavailable, "nobody wants it any more");
  if (!listed && errno != ENOENT) return fail(disk_error("cannot list " + directory_.string(), errno));
  return bytes;
}

std::uint64_t DiskTree::walk_shard(std::uint64_t account, const std::filesystem::path& shard, std::int64_t now_seconds,
                                   const std::function<void(const DiskItem&)>& visit) const {
  std::uint64_t bytes = 0;
  std::vector<Seen> seen;
  static_cast<void>(list(shard, [&](int directory, const std::string& name) {
    struct stat status {};
    if (!status_of(directory, name, status)) return;
    const bool old = now_seconds - status.st_mtim.tv_sec > kLeftover;
    if (name.starts_with(kDiskTemporary) && old && ::unlinkat(directory, name.c_str(), 0) == 0) return;
    bytes += allocated(status);
    if (const auto parsed = parse_disk_name(name); parsed && S_ISREG(status.st_mode)) seen.push_back({*parsed, status});
  }));
  // Each map before its data.
  std::sort(seen.begin(), seen.end(), [](const Seen& a, const Seen& b) {
    return std::pair(a.name.file, a.name.generation) < std::pair(b.name.file, b.name.generation);
  });
  for (auto at = seen.begin(); at != seen.end();) {
    const auto end = std::find_if(at, seen.end(), [&](const Seen& other) { return other.name.file != at->name.file; });
    const bool has_map = !at->name.generation;
    DiskItem item{account, at->name.file, 0, has_map ? used(at->status) : 0, has_map ? allocated(at->status) : 0};
    const auto data = has_map ? at + 1 : at;
    std::optional<std::uint64_t> own;
    if (has_map && end - data == 1) own = data->name.generation;  // nearly always
    if (has_map && end - data > 1) {
      const FileDescriptor map(::open((shard / disk_map_name(item.file)).c_str(), O_RDONLY | O_CLOEXEC | O_NOFOLLOW));
      if (const auto header = read_header(map.get())) own = header->generation;
    }
    for (auto other = data; other != end; ++other) {
      if (own && other->name.generation == own) {
        item.generation = *own;
        item.bytes += allocated(other->status);
      } else if (now_seconds - other->status.st_mtim.tv_sec > kLeftover &&
                 ::unlink((shard / disk_data_name(item.file, *other->name.generation)).c_str()) == 0) {
        bytes -= allocated(other->status);
      }
    }
    if (has_map) visit(item);
    at = end;
  }
  return bytes;
}

std::optional<DiskItem> DiskTree::find(std::uint64_t account, FileKey file, std::uint64_t generation) const {
  const auto directory = shard(account, file);
  struct stat status {};
  if (::lstat((directory / disk_map_name(file)).c_str(), &status) != 0) return std::nullopt;
  DiskItem item{account, file, generation, used(status), allocated(status)};
  const auto data = generation == 0 ? std::filesystem::path() : directory / disk_data_name(file, generation);
  if (generation != 0 && ::lstat(data.c_str(), &status) == 0) item.bytes += allocated(status);
  return item;
}

std::uint64_t DiskTree::remove(const DiskItem& item) const {
  const auto directory = shard(item.account, item.file);
  struct stat status {};
  const auto map = directory / disk_map_name(item.file);
  // The map first: without it nobody finds the data.
  if (::lstat(map.c_str(), &status) != 0 || used(status) != item.used || ::unlink(map.c_str()) != 0) return 0;
  std::uint64_t freed = allocated(status);
  if (item.generation == 0) return freed;
  const auto data = directory / disk_data_name(item.file, item.generation);
  if (::lstat(data.c_str(), &status) == 0 && ::unlink(data.c_str()) == 0) freed += allocated(status);
  return freed;
}

}  // namespace g2afs
