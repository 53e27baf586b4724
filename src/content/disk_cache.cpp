// SPDX-License-Identifier: MIT
#include "g2afs/content/disk_cache.hpp"

#include <cerrno>
#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>
#include <utility>

#include <xxhash.h>

#include "disk_io.hpp"
#include "disk_open.hpp"
#include "disk_services.hpp"

#include "g2afs/base/private_files.hpp"

namespace g2afs {
namespace {

constexpr std::uint64_t round_up(std::uint64_t bytes) { return (bytes + kPageSize - 1) / kPageSize * kPageSize; }

/// What a new pair takes beside its data: its map, its part of the directory or a whole one, and a leaf of the data's
/// extent tree.
std::uint64_t room_for(const DiskLayout& layout, const std::filesystem::path& directory) {
  constexpr std::uint64_t kNames = 256, kLeaf = 4096, kDirectories = 3 * 4096;
  return round_up(layout.entry_offset(layout.blocks())) + kNames + (layout.in_one_file() ? 0 : kLeaf) +
         (::access(directory.c_str(), F_OK) == 0 ? 0 : kDirectories);
}

/// A file that is made under a temporary name, or under one nobody looks for yet; removed unless it is kept.
class NewFile {
 public:
  NewFile(std::filesystem::path path, std::uint64_t size)
      : path_(std::move(path)),
        fd_(::open(path_.c_str(), O_RDWR | O_CREAT | O_EXCL | O_CLOEXEC | O_NOFOLLOW | O_NOCTTY, 0600)) {
    if (fd_ < 0 || ::ftruncate(fd_, static_cast<off_t>(size)) != 0) error_ = errno;
  }
  NewFile(const NewFile&) = delete;
  NewFile& operator=(const NewFile&) = delete;
  ~NewFile() {
    if (fd_ < 0) return;
    ::close(fd_);
    ::unlink(path_.c_str());
  }
  int error() const { return error_; }
  int fd() const { return fd_; }
  const std::filesystem::path& path() const { return path_; }
  int keep() { return std::exchange(fd_, -1); }

 private:
  std::filesystem::path path_;
  int fd_;
  int error_ = 0;
};

/// Gives the map its name. False if a pair of this object and validator has that name already, and is to be used instead.
Result<bool> publish(NewFile& map, const std::filesystem::path& name, const MapHeader& header) {
  if (::link(map.path().c_str(), name.c_str()) == 0) return true;
  // Where there are no hard links, two at a time make two pairs, of which the later one stays.
  if (errno == EEXIST) {
    const FileDescriptor other(::open(name.c_str(), O_RDONLY | O_CLOEXEC | O_NOFOLLOW | O_NONBLOCK));
    const auto known = other.ok() ? read_header(other.get()) : std::nullopt;
    const bool same = known && known->key == header.key && known->validator.proves(header.validator);
    const auto data = known ? name.parent_path() / disk_data_name(known->key.file, known->generation) : name;
    const bool whole = same && (DiskLayout{known->key.size}.in_one_file() || ::access(data.c_str(), F_OK) == 0);
    if (whole) return false;
    if (::rename(map.path().c_str(), name.c_str()) != 0) return fail(disk_error("cannot replace a map", errno));
    // What it held open elsewhere is read to the end there; its space is found to be free by the next scan.
    if (known && known->key.file == header.key.file && data != name) ::unlink(data.c_str());
    return true;
  }
  if (::rename(map.path().c_str(), name.c_str()) != 0) return fail(disk_error("cannot make a map", errno));
  return true;
}

}  // namespace

DiskCache::DiskCache(const DiskCacheOptions& options, const Clock& clock, Log& log)
    : services_(std::make_shared<DiskServices>(
          options.directory, options.size, XXH3_64bits(options.account.data(), options.account.size()), clock, log)) {}

DiskCache::~DiskCache() = default;

Result<void> DiskCache::scan() {
  auto& quota = services_->quota;
  const auto swept = services_->sweep_above(quota.high_water(), quota.low_water(), 0);
  if (swept) return {};
  if (!services_->given_up()) services_->writing.failed(swept.error());
  return fail(swept.error());
}

Result<std::shared_ptr<DiskFile>> DiskCache::open(const DiskKey& key) {
  if (!services_->reading.worth_trying()) return fail(Errc::Unavailable, "the disk cache is not read for now");
  const auto directory = services_->tree().shard(services_->account(), key.file);
  auto file = open_disk_file(services_, directory, key.file);
  if (!file) {
    if (file.error().code != Errc::NotFound) services_->reading.failed(file.error());
    return fail(std::move(file).error());
  }
  if ((*file)->key() != key) return fail(Errc::NotFound, "another version is in the disk cache");
  return services_->add_open(*std::move(file));
}

Result<std::shared_ptr<DiskFile>> DiskCache::open_version(const DiskKey& key, const Validator& validator) {
  auto known = open(key);
  if (known && !(*known)->validator().proves(validator)) {
    return fail(Errc::Unavailable, "another version is in the disk cache");
  }
  return known;
}

Result<std::shared_ptr<DiskFile>> DiskCache::create(const DiskKey& key, const Validator& validator) {
  if (validator.empty()) return fail(Errc::Invalid, "an object without validator is not cached");
  if (key.size > kLargestCached) return fail(Errc::Invalid, "so large an object is not cached");
  const MapHeader header{key, validator, random_number()};
  const auto raw = encode(header);
  if (!raw) return fail(Errc::Invalid, "an object with so long a validator is not cached");
  if (auto known = open_version(key, validator)) {
    (*known)->touch();
    return known;
  }

  const DiskLayout layout{key.size};
  const auto directory = services_->tree().shard(services_->account(), key.file);
  const std::uint64_t room = room_for(layout, directory);
  if (auto reserved = services_->reserve(room); !reserved) return fail(std::move(reserved).error());
  const auto failed = [&](Error error) {
    services_->quota.wrote(room);  // something of it may be left
    services_->writing.failed(error);
    return fail(std::move(error));
  };
  if (const auto error = make_private_directories(directory)) {
    return failed(disk_error("cannot make its directory", error.value()));
  }
  std::optional<NewFile> data;
  if (!layout.in_one_file()) {
    data.emplace(directory / disk_data_name(key.file, header.generation), key.size);
    if (data->error() != 0) return failed(disk_error("cannot make a file", data->error()));
  }
  const auto temporary = directory / (std::string(kDiskTemporary) + disk_account_name(header.generation));
  NewFile map(temporary, layout.map_size());
  if (map.error() != 0) return failed(disk_error("cannot make a map", map.error()));
  if (!write_at(map.fd(), *raw, 0)) return failed(disk_error("cannot write a map", errno));
  const auto published = publish(map, directory / disk_map_name(key.file), header);
  if (!published) return failed(published.error());
  services_->quota.wrote(room);
  // Others may have replaced that one by now.
  if (!*published) return open_version(key, validator);
  const int map_fd = map.keep();
  ::unlink(temporary.c_str());
  auto file = std::make_shared<DiskFile>(services_, header, map_fd, data ? data->keep() : -1, true);
  file->touch();
  return services_->add_open(std::move(file));
}

Result<void> DiskCache::remove(const DiskKey& key, const Validator& validator) {
  const auto file = open(key);
  if (!file && file.error().code != Errc::NotFound) return fail(file.error());
  if (!file || !(*file)->validator().agrees_with(validator)) return {};
  const std::uint64_t generation = (*file)->layout().in_one_file() ? 0 : (*file)->generation();
  const auto item = services_->tree().find(services_->account(), key.file, generation);
  if (!item) return {};
  auto told = services_->quota.will_free(item->bytes);
  if (told) told = services_->quota.freed(item->bytes, services_->tree().remove(*item));
  if (!told) services_->writing.failed(told.error());
  return told;
}

DiskCache::Numbers DiskCache::numbers() const { return {services_->dropped, services_->refused, services_->evicted}; }

void DiskCache::give_up() { services_->give_up(); }

std::optional<std::uint64_t> DiskCache::in_use() const { return services_->quota.in_use(); }

std::uint64_t DiskCache::limit() const { return services_->quota.limit(); }

}  // namespace g2afs
