// SPDX-License-Identifier: MIT
// FileSystem::Node: what an inode number leads to in one snapshot of the tree, and pins it. Any thread (immutable).
#pragma once

#include <memory>
#include <optional>

#include "g2afs/fs/file_system.hpp"

namespace g2afs {

struct FileSystem::Node {
  using What = InodeParts::What;

  std::shared_ptr<const Tree> tree;
  std::optional<InodeParts> parts;  // nothing: not a number of ours
  DateDir dir;                      // of dates; of a recording and its files: their day's
  const DayNode* day = nullptr;     // of a day, a recording and its files, if it is known
  const Recording* recording = nullptr;

  bool is(What what) const { return parts && parts->what == what; }
  bool of_dates() const { return is(What::Root) || is(What::Year) || is(What::Month) || is(What::Day); }
  bool within_day() const { return is(What::Day) || is(What::Recording) || is(What::File); }
  bool directory() const { return of_dates() || is(What::Recording) || is(What::ControlDir); }
  /// A recording or a file of one that this snapshot does not have (yet).
  bool lacks_recording() const { return (is(What::Recording) || is(What::File)) && recording == nullptr; }
  /// A file that this snapshot has.
  bool has_file() const { return is(What::File) && recording != nullptr && recording->has(parts->kind); }
  DirKnowledge known() const { return knowledge(*tree, dir); }
};

}  // namespace g2afs
