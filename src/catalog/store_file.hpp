// SPDX-License-Identifier: MIT
// StoreFile: the SQLite file of a Store: its schema, and rows to nodes and back. One thread at a time.
//
// Functions throw SQLite::Exception where SQLite fails, and StoreDamaged where the file is not what this program wrote.
#pragma once

#include <SQLiteCpp/SQLiteCpp.h>
#include <filesystem>
#include <memory>
#include <optional>
#include <stdexcept>

#include "g2afs/catalog/tree.hpp"
#include "g2afs/net/clock.hpp"

namespace g2afs {

class StoreDamaged : public std::runtime_error {
 public:
  using std::runtime_error::runtime_error;
};

/// The monotonic clock of this process and the wall clock of the file, read at one moment.
struct ClockReading {
  MonotonicTime now;
  Time wall;

  std::int64_t to_wall(MonotonicTime time) const;            // milliseconds since 1970
  MonotonicTime from_wall(std::int64_t milliseconds) const;  // never after now: the wall clock may have been set back
};

class StoreFile {
 public:
  /// Opens the file, or makes it, readable by its owner only; its directory is there.
  explicit StoreFile(const std::filesystem::path& path);

  /// What was listed counts as at least so old.
  std::shared_ptr<const Tree> load(const ClockReading& clock, Duration least_age);

  // What is put and removed, in transactions: all of one, or nothing of it.
  void begin();
  void commit();
  void roll_back() { transaction_.reset(); }
  void put(const DayNode& day, const ClockReading& clock);
  void put(const DateDir& dir, bool occupied, bool claimed, const Listed& listed, const ClockReading& clock);
  void remove(const DateDir& dir);

 private:
  void put_directory(const DateDir& dir, bool occupied, bool claimed, const Listed& listed, std::size_t recordings,
                     const ClockReading& clock);

  SQLite::Database database_;
  std::optional<SQLite::Transaction> transaction_;
  std::optional<SQLite::Statement> put_directory_, remove_directory_, put_recording_, remove_recordings_;
};

}  // namespace g2afs
