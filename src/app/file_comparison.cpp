// SPDX-License-Identifier: MIT
#include "g2afs/app/file_comparison.hpp"

#include <algorithm>
#include <cerrno>
#include <cstring>
#include <fcntl.h>
#include <span>
#include <sys/stat.h>
#include <unistd.h>

#include <fmt/format.h>

#include "g2afs/app/system_failure.hpp"
#include "g2afs/app/uninterrupted.hpp"
#include "g2afs/base/file_descriptor.hpp"

namespace g2afs {
namespace {

// A mount answers requests of up to 1 MiB, and disks gain nothing beyond.
constexpr std::size_t kPiece = 1 << 20;
constexpr const char* kCopy = "its copy";

bool same_version(const struct stat& a, const struct stat& b) {
  return a.st_size == b.st_size && a.st_mtim.tv_sec == b.st_mtim.tv_sec && a.st_mtim.tv_nsec == b.st_mtim.tv_nsec;
}

tl::unexpected<Error> original_failure(int error) {
  // NotFound would say that there is no copy.
  if (error == ENOENT) return fail(Errc::Changed, "it is not there any more");
  return system_failure(error, "reading it");
}

/// As much as there is, up to the whole buffer.
Result<std::size_t> read_piece(int fd, std::span<char> buffer, std::string_view what) {
  std::size_t got = 0;
  while (got < buffer.size()) {
    const ssize_t more = uninterrupted([&] { return read(fd, buffer.data() + got, buffer.size() - got); });
    if (more < 0) return system_failure(errno, what);
    if (more == 0) break;
    got += static_cast<std::size_t>(more);
  }
  return got;
}

/// What was written so far is on the disk, and the next reads come from there.
Result<void> settle(int copy) {
  const bool synced = uninterrupted([copy] { return fsync(copy); }) == 0;
  // By these a file system says that it has nothing to bring to a disk. Whatever else fails may leave in memory what no
  // disk has, and what could be read there all the same: EROFS, say, after an error made an ext4 read-only.
  const bool nothing_to_sync = errno == EINVAL || errno == ENOSYS || errno == EOPNOTSUPP;
  if (!synced && !nothing_to_sync) return system_failure(errno, kCopy);
  posix_fadvise(copy, 0, 0, POSIX_FADV_DONTNEED);
  posix_fadvise(copy, 0, 0, POSIX_FADV_SEQUENTIAL);
  return {};
}

/// Or `size`. memcmp is many times faster than a search, which is needed once.
std::size_t first_difference(const char* a, const char* b, std::size_t size) {
  if (std::memcmp(a, b, size) == 0) return size;
  return static_cast<std::size_t>(std::mismatch(a, a + size, b).first - a);
}

}  // namespace

FileComparison::FileComparison(FileComparisonOptions options) : options_(std::move(options)) {
  if (options_.size_only) return;
  original_.resize(kPiece);
  copy_.resize(kPiece);
}

Result<void> FileComparison::compare(const std::filesystem::path& original, const std::filesystem::path& copy,
                                     const Progress& progress) {
  constexpr int kReading = O_RDONLY | O_CLOEXEC;
  // A pipe must not block.
  const FileDescriptor copy_file(uninterrupted([&] { return open(copy.c_str(), kReading | O_NONBLOCK); }));
  if (!copy_file.ok() && errno == ENOENT) return fail(Errc::NotFound, "not in the copy");
  struct stat copy_before {};
  if (!copy_file.ok() || fstat(copy_file.get(), &copy_before) != 0) return system_failure(errno, kCopy);
  if (!S_ISREG(copy_before.st_mode)) return fail(Errc::Invalid, "its copy is no regular file");
  if (options_.no_copies.contains(copy_before.st_dev)) {
    return fail(Errc::Invalid, "its copy is a link into a g2afs mount");
  }

  const FileDescriptor original_file(uninterrupted([&] { return open(original.c_str(), kReading | O_NOFOLLOW); }));
  struct stat before {};
  if (!original_file.ok() || uninterrupted([&] { return fstat(original_file.get(), &before); }) != 0) {
    return original_failure(errno);
  }
  if (copy_before.st_size != before.st_size) {
    return fail(Errc::Changed, fmt::format("its copy has {} bytes instead of {}", copy_before.st_size, before.st_size));
  }

  if (auto settled = settle(copy_file.get()); !settled) return settled;
  if (!options_.size_only) {
    auto equal =
        compare_contents(original_file.get(), copy_file.get(), static_cast<std::uint64_t>(before.st_size), progress);
    if (!equal) return equal;
  }

  struct stat after {};
  struct stat copy_after {};
  if (uninterrupted([&] { return stat(original.c_str(), &after); }) != 0) return original_failure(errno);
  if (fstat(copy_file.get(), &copy_after) != 0) return system_failure(errno, kCopy);
  if (!same_version(before, after)) return fail(Errc::Changed, "it changed while it was compared");
  if (!same_version(copy_before, copy_after)) return fail(Errc::Changed, "its copy changed while it was compared");
  return {};
}

Result<void> FileComparison::compare_contents(int original, int copy, std::uint64_t size, const Progress& progress) {
  posix_fadvise(original, 0, 0, POSIX_FADV_SEQUENTIAL);
  std::uint64_t offset = 0;
  for (;;) {
    const auto got = read_piece(original, original_, "reading it");
    if (!got) return fail(got.error());
    const auto copied = read_piece(copy, copy_, kCopy);
    if (!copied) return fail(copied.error());
    const std::size_t common = std::min(*got, *copied);
    if (const std::size_t at = first_difference(original_.data(), copy_.data(), common); at < common) {
      return fail(Errc::Changed, fmt::format("its copy differs at byte {}", offset + at + 1));  // as cmp(1) counts
    }
    if (*got != *copied) return fail(Errc::Changed, "one of the two changed while they were compared");
    offset += common;
    if (common > 0 && !progress(common)) return fail(Errc::Unavailable, "interrupted");
    if (common < kPiece) break;
  }
  if (offset != size) return fail(Errc::Changed, "it changed while it was compared");
  return {};
}

}  // namespace g2afs
