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

/// What is gone meanwhile is nothing that went wrong.
int unless_gone(int error) { return error == ENOENT || error == ESTALE ? 0 : error; }

/// Calls `each` with the names in a directory, "." among them but not "..", until it returns an error. Returns that, or
/// what else went wrong, as an errno; 0: nothing did. One that cannot be looked at must not count as empty.
template <class Each>
int list(const std::filesystem::path& path, const Each& each) {
  const int fd = ::open(path.c_str(), O_RDONLY | O_DIRECTORY | O_CLOEXEC | O_NOFOLLOW);
  if (fd < 0) return unless_gone(errno);
  const Directory directory(::fdopendir(fd));
  if (!directory) {
    const int error = errno;
    ::close(fd);
    return error;
  }
  for (;;) {
    errno = 0;
    const dirent* entry = ::readdir(directory.get());
    if (entry == nullptr) return unless_gone(errno);
    const std::string name = entry->d_name;
    if (name == "..") continue;
    struct stat status {};
    if (::fstatat(fd, name.c_str(), &status, AT_SYMLINK_NOFOLLOW) != 0) {
      if (const int error = unless_gone(errno)) return error;
      continue;
    }
    if (const int error = each(fd, name, status)) return error;
  }
}

/// All that is neither account nor shard: counted.
int add_below(const std::filesystem::path& path, std::uint64_t& bytes) {
  return list(path, [&](int, const std::string& name, const struct stat& status) {
    if (name != "." && S_ISDIR(status.st_mode)) return add_below(path / name, bytes);
    bytes += allocated(status);
    return 0;
  });
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
  const int error = list(directory_, [&](int, const std::string& name, const struct stat& of_entry) {
    const auto account = parse_disk_number(name);
    if (name == "." || !S_ISDIR(of_entry.st_mode)) {
      bytes += allocated(of_entry);
      return 0;
    }
    if (!account) return add_below(directory_ / name, bytes);
    return list(directory_ / name, [&](int, const std::string& shard, const struct stat& of_shard) {
      if (given_up_) return ECANCELED;
      const auto path = directory_ / name / shard;
      const bool below = shard != "." && S_ISDIR(of_shard.st_mode);
      if (below && is_shard(shard)) return walk_shard(*account, path, now_seconds, visit, bytes);
      if (below) return add_below(path, bytes);
      bytes += allocated(of_shard);
      return 0;
    });
  });
  if (given_up_) return fail(Errc::Unavailable, "nobody wants it any more");
  if (error != 0) return fail(disk_error("cannot list " + directory_.string(), error));
  return bytes;
}

int DiskTree::walk_shard(std::uint64_t account, const std::filesystem::path& shard, std::int64_t now_seconds,
                         const std::function<void(const DiskItem&)>& visit, std::uint64_t& bytes) const {
  std::vector<Seen> seen;
  const int error = list(shard, [&](int directory, const std::string& name, const struct stat& status) {
    const bool old = now_seconds - status.st_mtim.tv_sec > kLeftover;
    if (name.starts_with(kDiskTemporary) && old && ::unlinkat(directory, name.c_str(), 0) == 0) return 0;
    bytes += allocated(status);
    if (const auto parsed = parse_disk_name(name); parsed && S_ISREG(status.st_mode)) seen.push_back({*parsed, status});
    return 0;
  });
  if (error != 0) return error;
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
  return 0;
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
