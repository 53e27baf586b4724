// SPDX-License-Identifier: MIT
// How a cached file lies on disk: the header and the entries of its map, checksums, names. Any thread; pure.
//
//   <cache_dir>/v1/<account>/<shard>/<id>.<kind>.map                    header, an entry a block
//   <cache_dir>/v1/<account>/<shard>/<id>.<kind>-<generation>.data      the object's bytes at their offsets, sparse
//
// The map's name is the only one that is ever replaced, and it says by its generation, a random number, which data file
// is its own: so a pair changes in one atomic rename, and no map can be read with the bytes of another version. An object
// of at most one block has no data file: its bytes follow the only entry in the map. That spares a sidecar an inode and
// four to eight kilobytes.
//
// An entry is the set of pages that are here and the sum (mod 2^64) of their XXH3 sums, each over the page's bytes with a
// seed of key, generation and place. A sum of sums, so that pages can be added without reading those that are there.
// Numbers lie in the machine's own order: a machine of the other one takes the file for foreign.
#pragma once

#include <algorithm>
#include <array>
#include <cstddef>
#include <cstdint>
#include <optional>
#include <span>
#include <string>
#include <string_view>

#include "g2afs/base/calendar.hpp"
#include "g2afs/base/ids.hpp"
#include "g2afs/content/block.hpp"

namespace g2afs {

/// Which object: what the catalogue knows before any request.
struct DiskKey {
  FileKey file;
  std::uint64_t size = 0;  // bytes
  Time start{};
  bool operator==(const DiskKey&) const = default;
};

/// What the server calls the version. An object without either is not cached: nothing could prove later that the bytes
/// are still its own.
struct Validator {
  std::string etag, last_modified;
  bool empty() const { return etag.empty() && last_modified.empty(); }
  bool operator==(const Validator&) const = default;
  /// Whether both may be of one version, also where one of them says less.
  bool agrees_with(const Validator& other) const {
    if (!etag.empty() && !other.etag.empty()) return etag == other.etag;
    return last_modified.empty() || other.last_modified.empty() || last_modified == other.last_modified;
  }
  /// Whether they have a part in common: agreeing proves nothing without.
  bool comparable_to(const Validator& other) const {
    return (!etag.empty() && !other.etag.empty()) || (!last_modified.empty() && !other.last_modified.empty());
  }
  bool proves(const Validator& other) const { return comparable_to(other) && agrees_with(other); }
  /// What one that agrees says more.
  void learn(const Validator& other) {
    if (etag.empty()) etag = other.etag;
    if (last_modified.empty()) last_modified = other.last_modified;
  }
};

struct MapHeader {
  DiskKey key;
  Validator validator;
  std::uint64_t generation = 0;
  bool operator==(const MapHeader&) const = default;
};

/// A multiple of an entry, and with the only entry of a small file 512 bytes.
inline constexpr std::size_t kMapHeaderSize = 496;
/// ETag and Last-Modified together, in bytes.
inline constexpr std::size_t kLongestValidator = 432;

using RawMapHeader = std::array<std::byte, kMapHeaderSize>;

/// Nothing if the validator is too long.
std::optional<RawMapHeader> encode(const MapHeader& header);
/// Nothing for what this version did not write, or not like this.
std::optional<MapHeader> decode(const RawMapHeader& raw);

struct MapEntry {
  PageSet pages = 0;
  std::uint32_t reserved = 0;
  std::uint64_t sum = 0;
};
static_assert(sizeof(MapEntry) == 16 && kMapHeaderSize % sizeof(MapEntry) == 0);

/// Larger objects are not cached: what an open one holds is known by four bytes a block, 2 MiB for this one. A recording
/// has some gigabytes.
inline constexpr std::uint64_t kLargestCached = std::uint64_t{64} << 30;

/// Where things are, for an object of a size.
struct DiskLayout {
  std::uint64_t size = 0;  // bytes

  std::uint64_t blocks() const { return (size + kBlockSize - 1) / kBlockSize; }
  bool in_one_file() const { return size <= kBlockSize; }
  std::uint64_t length(std::uint64_t block) const { return std::min(kBlockSize, size - block * kBlockSize); }
  PageSet all_pages(std::uint64_t block) const {
    return static_cast<PageSet>((std::uint64_t{1} << ((length(block) + kPageSize - 1) / kPageSize)) - 1);
  }
  /// Bytes in these pages of a block.
  std::uint64_t bytes(std::uint64_t block, PageSet pages) const;
  std::uint64_t entry_offset(std::uint64_t block) const { return kMapHeaderSize + block * sizeof(MapEntry); }
  /// Of the whole object, in the file that holds its bytes.
  std::uint64_t data_offset() const { return in_one_file() ? kMapHeaderSize + sizeof(MapEntry) : 0; }
  /// What these pages of a block take on the disk, beside the map's header.
  std::uint64_t room(std::uint64_t block, PageSet pages) const;
  std::uint64_t map_size() const { return entry_offset(blocks()) + (in_one_file() ? size : 0); }
};

/// The first run of pages in a set that is not empty.
struct PageRun {
  unsigned first, count;
  PageSet pages() const { return static_cast<PageSet>(((std::uint64_t{1} << count) - 1) << first); }
};
PageRun first_run(PageSet pages);

/// Checksums of one generation of one file.
class PageSums {
 public:
  explicit PageSums(const MapHeader& header);
  /// Of these pages of a block whose bytes, from its first on, are `bytes`.
  std::uint64_t sum(std::uint64_t block, PageSet pages, std::span<const std::byte> bytes) const;

 private:
  std::uint64_t seed_;
};

// Names.

std::string disk_account_name(std::uint64_t account);
/// Two hexadecimal digits; all files of a recording are in one shard.
std::string disk_shard_name(RecordingId id);
std::string disk_map_name(FileKey file);
std::string disk_data_name(FileKey file, std::uint64_t generation);

/// What a name in a shard stands for.
struct DiskName {
  FileKey file;
  std::optional<std::uint64_t> generation;  // a data file's
};
std::optional<DiskName> parse_disk_name(std::string_view name);
/// Sixteen hexadecimal digits.
std::optional<std::uint64_t> parse_disk_number(std::string_view name);
/// Of files that get their name once they are whole.
inline constexpr std::string_view kDiskTemporary = ".new-";

}  // namespace g2afs
