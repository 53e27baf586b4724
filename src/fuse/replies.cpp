// SPDX-License-Identifier: MIT
#include "g2afs/fuse/replies.hpp"

#include <chrono>

namespace g2afs {
namespace {

constexpr std::uint64_t kStatBlock = 512;       // the unit of st_blocks, whatever the block size (stat(2))
constexpr std::uint64_t kReportedBlock = 4096;  // statfs: any would do; the page size is what others show
constexpr unsigned long kNameMax = 255;         // the kernel's own limit

timespec to_timespec(Time time) {
  const auto seconds = std::chrono::floor<std::chrono::seconds>(time);
  timespec spec{};
  spec.tv_sec = seconds.time_since_epoch().count();
  spec.tv_nsec = std::chrono::nanoseconds(time - seconds).count();
  return spec;
}

constexpr std::uint64_t blocks(std::uint64_t bytes, std::uint64_t block) { return (bytes + block - 1) / block; }

/// Calls add(entry, space left, offset of the next) for one entry after the other until one does not fit.
template <class Add>
std::size_t fill(const DirectoryView& view, std::size_t offset, std::span<char> buffer, Add add) {
  std::size_t used = 0;
  for (std::size_t index = offset; index < view.size(); ++index) {
    const auto left = buffer.subspan(used);
    const std::size_t size = add(view.at(index), left, static_cast<off_t>(index + 1));
    if (size > left.size()) break;
    used += size;
  }
  return used;
}

/// What a directory entry shows without asking for the inode: number and type.
struct stat name_only(const DirectoryEntry& entry) {
  struct stat stat {};
  stat.st_ino = entry.ino;
  stat.st_mode = entry.directory ? S_IFDIR : S_IFREG;
  return stat;
}

}  // namespace

struct stat to_stat(const Attributes& attributes) {
  struct stat stat {};
  stat.st_ino = attributes.ino;
  stat.st_mode = attributes.mode;
  stat.st_nlink = attributes.links;
  stat.st_uid = attributes.uid;
  stat.st_gid = attributes.gid;
  stat.st_size = static_cast<off_t>(attributes.size);
  stat.st_blocks = static_cast<blkcnt_t>(blocks(attributes.size, kStatBlock));
  stat.st_atim = stat.st_mtim = stat.st_ctim = to_timespec(attributes.time);
  return stat;
}

fuse_entry_param to_entry(const Attributes& attributes, Timeouts timeouts) {
  fuse_entry_param entry{};
  entry.ino = attributes.ino;
  entry.attr = to_stat(attributes);
  if (attributes.cacheable) {
    entry.entry_timeout = timeouts.entry;
    entry.attr_timeout = timeouts.attributes;
  }
  return entry;
}

struct statvfs to_statvfs(const FileSystemUsage& usage) {
  struct statvfs stat {};
  stat.f_bsize = kReportedBlock;
  stat.f_frsize = kReportedBlock;
  stat.f_blocks = blocks(usage.bytes, kReportedBlock);
  stat.f_files = usage.files;
  stat.f_namemax = kNameMax;
  return stat;
}

std::size_t fill_directory(const DirectoryView& view, std::size_t offset, std::span<char> buffer) {
  return fill(view, offset, buffer, [](const DirectoryEntry& entry, std::span<char> left, off_t next) {
    const auto stat = name_only(entry);
    return fuse_add_direntry(nullptr, left.data(), left.size(), entry.name.c_str(), &stat, next);
  });
}

std::size_t fill_directory_plus(const DirectoryView& view, std::size_t offset, std::span<char> buffer,
                                Timeouts timeouts) {
  return fill(view, offset, buffer, [timeouts](const DirectoryEntry& entry, std::span<char> left, off_t next) {
    fuse_entry_param parameters{};
    if (entry.attributes) {
      parameters = to_entry(*entry.attributes, timeouts);
    } else {
      parameters.attr = name_only(entry);
    }
    return fuse_add_direntry_plus(nullptr, left.data(), left.size(), entry.name.c_str(), &parameters, next);
  });
}

}  // namespace g2afs
