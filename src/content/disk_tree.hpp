// SPDX-License-Identifier: MIT
// DiskTree: the files of a cache directory, of all accounts: one walk that measures them and shows each cached file, and
// their removal. Any thread; it blocks.
//
// A walk holds no more than one shard's names at a time. On its way it removes what nobody will finish or find: files
// that never got their name, and data files that no map names, once they are an hour old.
#pragma once

#include <atomic>
#include <cstdint>
#include <filesystem>
#include <functional>
#include <optional>

#include "g2afs/base/error.hpp"
#include "g2afs/content/disk_format.hpp"

namespace g2afs {

/// A cached file as the walk saw it.
struct DiskItem {
  std::uint64_t account = 0;
  FileKey file;
  std::uint64_t generation = 0;  // 0: no data file was seen
  std::int64_t used = 0;         // the map's mtime, nanoseconds
  std::uint64_t bytes = 0;       // allocated
};

class DiskTree {
 public:
  /// `directory`: the cache's own, `v1`; it need not be there.
  explicit DiskTree(std::filesystem::path directory) : directory_(std::move(directory)) {}

  const std::filesystem::path& directory() const { return directory_; }
  std::filesystem::path shard(std::uint64_t account, FileKey file) const;

  /// Calls `visit` for each cached file; returns the bytes that everything takes, directories included. `now_seconds` is
  /// the wall clock. Who changes the tree meanwhile may or may not be seen; what
  /// cannot be looked at fails it.
  Result<std::uint64_t> walk(std::int64_t now_seconds, const std::function<void(const DiskItem&)>& visit) const;

  /// What is there of a file whose data file is of this generation, 0: it has none; nothing: no map.
  std::optional<DiskItem> find(std::uint64_t account, FileKey file, std::uint64_t generation) const;

  /// Any walk that is under way ends soon, with Unavailable, and so does every later one.
  void give_up() { given_up_ = true; }
  bool given_up() const { return given_up_; }

  /// Removes it unless it was used since the walk; returns how many bytes that has freed.
  std::uint64_t remove(const DiskItem& item) const;

 private:
  /// Adds to `bytes`; an errno, or 0.
  int walk_shard(std::uint64_t account, const std::filesystem::path& shard, std::int64_t now_seconds,
                 const std::function<void(const DiskItem&)>& visit, std::uint64_t& bytes) const;

  const std::filesystem::path directory_;
  std::atomic<bool> given_up_{false};
};

/// The header of an open map, if it is sound.
std::optional<MapHeader> read_header(int map);

}  // namespace g2afs
