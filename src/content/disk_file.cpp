// SPDX-License-Identifier: MIT
#include "g2afs/content/disk_file.hpp"

#include <array>
#include <bit>
#include <cerrno>
#include <fcntl.h>
#include <linux/magic.h>
#include <sys/stat.h>
#include <sys/vfs.h>
#include <unistd.h>

#include "disk_io.hpp"
#include "disk_services.hpp"

namespace g2afs {
namespace {

constexpr std::int64_t kTouchEvery = 60;  // seconds: over NFS it is a round trip

/// What a write may add to the blocks of a file beside its bytes: a part of a leaf of the extent tree.
constexpr std::uint64_t kExtent = 64;

}  // namespace

DiskFile::DiskFile(std::shared_ptr<DiskServices> services, MapHeader header, int map, int data, bool writable)
    : services_(std::move(services)),
      header_(std::move(header)),
      layout_{header_.key.size},
      sums_(header_),
      map_(map),
      data_(data),
      writable_(writable),
      held_(new std::atomic<PageSet>[layout_.blocks()]()) {}

DiskFile::~DiskFile() = default;

bool DiskFile::held(ByteRange range) const {
  if (range.size() == 0) return true;
  const std::uint64_t block = range.begin / kBlockSize;
  const auto first = static_cast<unsigned>((range.begin % kBlockSize) / kPageSize);
  const auto last = static_cast<unsigned>(((range.end - 1) % kBlockSize) / kPageSize);
  const PageSet needed = PageRun{first, last - first + 1}.pages();
  return (held(block) & needed) == needed;
}

void DiskFile::set_held(std::uint64_t block, PageSet pages) {
  const PageSet before = held_[block].exchange(pages, std::memory_order_relaxed);
  if ((before & ~pages) != 0) losses_.fetch_add(1, std::memory_order_relaxed);
  held_bytes_.fetch_add(layout_.bytes(block, pages) - layout_.bytes(block, before), std::memory_order_relaxed);
}

bool DiskFile::has_its_share() const { return cached_bytes() >= services_->share_of(layout_.size); }

bool DiskFile::plausible(std::uint64_t block, const MapEntry& entry) const {
  const bool of_nothing = entry.pages == 0 && entry.sum != 0;  // what is added to it would be taken for damaged
  return entry.reserved == 0 && (entry.pages & ~layout_.all_pages(block)) == 0 && !of_nothing;
}

tl::unexpected<Error> DiskFile::failed_to_read(Error error) {
  // Over NFS a file that another machine has evicted is gone, also for who has it open: the disk is well.
  if (error.code != Errc::NotFound) services_->reading.failed(error);
  return fail(std::move(error));
}

Result<void> DiskFile::refresh() {
  constexpr std::uint64_t kAtOnce = 4096;  // entries
  std::array<MapEntry, kAtOnce> entries;
  for (std::uint64_t first = 0; first < layout_.blocks(); first += kAtOnce) {
    const auto count = std::min(kAtOnce, layout_.blocks() - first);
    const auto wanted = std::as_writable_bytes(std::span(entries)).first(count * sizeof(MapEntry));
    const auto got = read_at(map_.get(), wanted, layout_.entry_offset(first));
    if (got < 0) {
      return failed_to_read(disk_error("cannot read a map", errno));
    }
    for (std::uint64_t i = 0; i < count; ++i) {
      const bool there = (i + 1) * sizeof(MapEntry) <= static_cast<std::uint64_t>(got);  // not truncated
      const bool sane = there && plausible(first + i, entries[i]);
      set_held(first + i, sane ? entries[i].pages : 0);
    }
  }
  return {};
}

bool DiskFile::read_entry(std::uint64_t block, MapEntry& entry) const {
  entry = {};
  const auto got = read_at(map_.get(), raw_bytes(entry), layout_.entry_offset(block));
  if (got >= 0 && got < static_cast<ssize_t>(sizeof entry)) entry = {};  // truncated
  return got >= 0;
}

std::span<std::byte> DiskFile::part(std::span<std::byte> block_bytes, std::uint64_t block, PageRun run) const {
  const std::uint64_t begin = run.first * kPageSize;
  const std::uint64_t end = std::min((run.first + run.count) * kPageSize, layout_.length(block));
  return block_bytes.subspan(begin, end - begin);
}

/// Whether the pages of the entry were there, and are what it says.
Result<bool> DiskFile::read_pages(std::uint64_t block, const MapEntry& entry, std::span<std::byte> into) const {
  for (PageSet left = entry.pages; left != 0;) {
    const PageRun run = first_run(left);
    const auto bytes = part(into, block, run);
    const auto got = read_at(data_fd(), bytes, position(block, run.first));
    if (got < 0) return fail(disk_error("cannot read a block", errno));
    if (got < static_cast<ssize_t>(bytes.size())) return false;
    left &= ~run.pages();
  }
  return sums_.sum(block, entry.pages, into) == entry.sum;
}

Result<PageSet> DiskFile::read(std::uint64_t block, std::span<std::byte> into) {
  auto proven = read_proven(block, into);
  if (proven && *proven != 0) read_now();
  return proven;
}

Result<PageSet> DiskFile::read_proven(std::uint64_t block, std::span<std::byte> into) {
  if (!services_->reading.worth_trying()) return fail(Errc::Unavailable, "the disk cache is not read for now");
  into = into.first(layout_.length(block));
  for (const bool last : {false, true}) {
    MapEntry entry;
    if (!read_entry(block, entry)) return failed_to_read(disk_error("cannot read a map", errno));
    bool sound = plausible(block, entry);
    if (sound && entry.pages != 0) {
      auto read = read_pages(block, entry, into);
      if (!read) {
        // A bad sector is a damaged block; the next one that cannot be read either is a failing disk.
        if (read.error().code != Errc::NotFound && services_->unreadable++ == 0) break;
        return failed_to_read(std::move(read).error());
      }
      sound = *read;
    }
    if (sound) {
      set_held(block, entry.pages);
      services_->reading.worked();
      if (entry.pages != 0) services_->unreadable = 0;
      return entry.pages;
    }
    if (last) break;
    // Over NFS the entry may be newer than the pages this machine still has of the data: once more, from the server.
    ::posix_fadvise(map_.get(), 0, 0, POSIX_FADV_DONTNEED);
    ::posix_fadvise(data_fd(), static_cast<off_t>(position(block, 0)), kBlockSize, POSIX_FADV_DONTNEED);
  }
  drop(block);
  return PageSet{0};
}

void DiskFile::drop(std::uint64_t block) {
  const std::lock_guard lock(entries_);
  set_held(block, 0);
  ++services_->dropped;
  services_->log.debug("disk cache: {}: block {} was damaged, and is dropped", to_string(key().file), block);
  // Where that fails it is found damaged again.
  if (writable_) static_cast<void>(write_at(map_.get(), raw_bytes(MapEntry{}), layout_.entry_offset(block)));
}

Result<void> DiskFile::write(std::uint64_t block, PageSet pages, std::span<const std::byte> bytes) {
  pages &= layout_.all_pages(block) & ~held(block);
  if (pages == 0) return {};
  if (!writable_) return fail(Errc::ReadOnly, "the disk cache cannot be written to");
  if (has_its_share()) return fail(Errc::Unavailable, "it has its share of the disk cache");
  const std::uint64_t room = layout_.room(block, pages) + kExtent;
  if (auto reserved = services_->reserve(room); !reserved) return reserved;
  auto written = write_pages(block, pages, bytes.first(layout_.length(block)));
  if (written) {
    services_->quota.wrote(room);
    services_->writing.worked();
  } else if (written.error().code == Errc::NotFound) {
    services_->quota.give_back(room);
  } else {
    services_->quota.wrote(room);  // some of it may be there
    services_->writing.failed(written.error());
  }
  return written;
}

Result<void> DiskFile::write_pages(std::uint64_t block, PageSet pages, std::span<const std::byte> bytes) {
  struct stat status {};
  if (::fstat(map_.get(), &status) != 0) return fail(disk_error("cannot write to a map", errno));
  if (status.st_nlink == 0) return fail(Errc::NotFound, "it was evicted from the disk cache");
  for (PageSet left = pages; left != 0;) {
    const PageRun run = first_run(left);
    const std::uint64_t begin = run.first * kPageSize;
    const auto piece = bytes.subspan(begin, std::min(run.count * kPageSize, bytes.size() - begin));
    if (!write_at(data_fd(), piece, position(block, run.first))) return fail(disk_error("cannot write a block", errno));
    left &= ~run.pages();
  }
  return add_to_entry(block, pages, bytes);
}

Result<void> DiskFile::add_to_entry(std::uint64_t block, PageSet pages, std::span<const std::byte> bytes) {
  const std::lock_guard lock(entries_);
  MapEntry entry;
  if (!read_entry(block, entry)) return fail(disk_error("cannot read a map", errno));
  if (!plausible(block, entry)) entry = {};
  const PageSet added = pages & ~entry.pages;
  entry.pages |= added;
  entry.sum += sums_.sum(block, added, bytes);
  if (!write_at(map_.get(), raw_bytes(entry), layout_.entry_offset(block))) {
    return fail(disk_error("cannot write to a map", errno));
  }
  set_held(block, entry.pages);
  if (demoted_.load(std::memory_order_relaxed)) demote();  // the write has made it young again
  return {};
}

void DiskFile::set_use(std::int64_t seconds, std::int64_t nanoseconds) {
  const std::array<timespec, 2> times{timespec{0, UTIME_OMIT}, timespec{seconds, nanoseconds}};
  if (writable_) static_cast<void>(::futimens(map_.get(), times.data()));  // else it is only evicted sooner
}

void DiskFile::used() {
  const bool lately = services_->now_seconds() - touched_.load(std::memory_order_relaxed) < kTouchEvery;
  if (!lately || demoted_.load(std::memory_order_relaxed)) touch();
}

void DiskFile::read_now() {
  if (!demoted_.load(std::memory_order_relaxed)) used();
}

void DiskFile::touch() {
  const auto now = services_->clock.wall_now().time_since_epoch();
  const auto seconds = std::chrono::duration_cast<std::chrono::seconds>(now);
  demoted_ = false;
  touched_ = seconds.count();
  set_use(seconds.count(), std::chrono::nanoseconds(now - seconds).count());
}

void DiskFile::demote() {
  const auto now = services_->clock.wall_now().time_since_epoch();
  const auto seconds = std::chrono::duration_cast<std::chrono::seconds>(now);
  demoted_ = true;
  set_use(seconds.count() - kDemotion, std::chrono::nanoseconds(now - seconds).count());
}

Result<std::uint64_t> DiskFile::verify() {
  if (auto cut = cut_tail(); !cut) return fail(cut.error());
  if (auto known = refresh(); !known) return fail(known.error());
  return verify(0, layout_.blocks());
}

Result<void> DiskFile::cut_tail() {
  struct stat status {};
  if (layout_.in_one_file() || ::fstat(data_.get(), &status) != 0 ||
      static_cast<std::uint64_t>(status.st_size) <= layout_.size) {
    return {};
  }
  if (::ftruncate(data_.get(), static_cast<off_t>(layout_.size)) == 0) return {};
  return failed_to_read(disk_error("cannot shorten a cached file", errno));
}

Result<std::uint64_t> DiskFile::verify(std::uint64_t first, std::uint64_t end) {
  std::uint64_t dropped = 0;
  const auto buffer = std::make_unique<std::array<std::byte, kBlockSize>>();
  for (std::uint64_t block = first; block < end; ++block) {
    MapEntry entry;
    if (!read_entry(block, entry)) return failed_to_read(disk_error("cannot read a map", errno));
    if (std::bit_cast<std::array<std::uint64_t, 2>>(entry) == std::array<std::uint64_t, 2>{}) {
      set_held(block, 0);  // another mount may have dropped it
      continue;
    }
    const auto proven = read_proven(block, *buffer);
    if (!proven) return fail(proven.error());
    dropped += *proven == 0;
  }
  return dropped;
}

bool DiskFile::on_local_disk() const {
  constexpr std::uint32_t kBcachefs = 0xca451a4e, kZfs = 0x2fc12fc1;  // which linux/magic.h lacks
  struct statfs status {};
  if (::fstatfs(data_fd(), &status) != 0) return false;
  switch (static_cast<std::uint32_t>(status.f_type)) {
    case BTRFS_SUPER_MAGIC:
    case EXT4_SUPER_MAGIC:
    case F2FS_SUPER_MAGIC:
    case RAMFS_MAGIC:
    case TMPFS_MAGIC:
    case XFS_SUPER_MAGIC:
    case kBcachefs:
    case kZfs: return true;
    default: return false;
  }
}

std::optional<DiskFile::Stamp> DiskFile::stamp() const {
  const auto nanoseconds = [](const timespec& time) {
    return time.tv_sec * std::int64_t{1'000'000'000} + time.tv_nsec;
  };
  struct stat status {};
  if (::fstat(data_fd(), &status) != 0) return std::nullopt;
  return Stamp{status.st_size, nanoseconds(status.st_mtim), nanoseconds(status.st_ctim)};
}

}  // namespace g2afs
