// SPDX-License-Identifier: MIT
// Store: what the catalogue remembers over a remount, in an SQLite file. No URL and no token is in it.
//
// Thread rule: load() before the first changed(); changed() from any thread, and it never waits for the disk.
//
// Trees are immutable and share the nodes that did not change. So a writer thread of the store's own needs no more than
// the newest tree: it finds what is new by comparing it with the one it wrote last, at most once a second, and writes
// days before the directories above them. Whatever instant the process dies at, the file holds only what was true.
//
// The file is a cache: where it is damaged, foreign or of a later version it is set aside with a warning and begun anew;
// where it cannot be written that is a warning, and the mount goes on without. Every row has a checksum, since SQLite
// looks only after its own structure. Two mounts may use one file; what either learns last stays.
#pragma once

#include <chrono>
#include <condition_variable>
#include <filesystem>
#include <functional>
#include <memory>
#include <mutex>
#include <optional>
#include <set>
#include <string>
#include <thread>

#include "g2afs/base/log.hpp"
#include "g2afs/catalog/tree.hpp"
#include "g2afs/net/clock.hpp"

namespace g2afs {

class StoreFile;

class Store {
 public:
  /// `stale_after`: what is loaded counts as older than this, so that it is checked again once it is looked at.
  Store(std::filesystem::path file, Duration stale_after, const Clock& clock, Log& log);
  ~Store();
  Store(const Store&) = delete;
  Store& operator=(const Store&) = delete;

  /// The tree as it was written last; an empty one where nothing (sound) is stored.
  std::shared_ptr<const Tree> load();

  /// This is the tree now.
  void changed(std::shared_ptr<const Tree> tree);
  /// A size was learnt in place, in this day of the newest tree.
  void changed(Day day);

  /// Writes what is new, as far as that takes less than a second, and ends. At the latest the destructor does.
  void end();

 private:
  struct Work {
    std::shared_ptr<const Tree> tree;
    std::set<Day> days;  // in which sizes were learnt
  };
  void write_behind();
  void write(const Work& work);
  bool late();
  /// Opens the file where it is not open, and calls `work`. False, and a warning or a file set aside, where that fails.
  bool attempt(const std::function<void()>& work);
  void set_aside(const std::string& why);

  const std::filesystem::path path_;
  const Duration stale_after_;
  const Clock& clock_;
  Log& log_;

  std::mutex mutex_;
  std::condition_variable wake_;
  Work work_;  // what is to be written; the newest tree stays here
  std::optional<std::chrono::steady_clock::time_point> ends_at_;

  // The writer's, once it runs.
  std::unique_ptr<StoreFile> file_;
  std::shared_ptr<const Tree> written_;
  bool failing_ = false;
  std::thread writer_;
};

}  // namespace g2afs
