// SPDX-License-Identifier: MIT
// The kinds of directory as readdir sees them. Any thread (immutable, but for the mark that somebody has read it).
#pragma once

#include <memory>

#include "g2afs/fs/attributes.hpp"
#include "g2afs/fs/types.hpp"

namespace g2afs {

/// The root, a year or a month: the children that hold recordings.
std::shared_ptr<const DirectoryView> view_dates(std::shared_ptr<const Tree> tree, const DateDir& dir,
                                                const AttributeMaker& attributes);
/// A day: its recordings. `day` may be null: nothing there.
std::shared_ptr<const DirectoryView> view_day(std::shared_ptr<const Tree> tree, const DateDir& dir, const DayNode* day,
                                              const AttributeMaker& attributes);
/// A recording: its files.
std::shared_ptr<const DirectoryView> view_recording(std::shared_ptr<const Tree> tree, Day day,
                                                    const Recording& recording, const AttributeMaker& attributes);
/// Only `.` and `..`: what /.g2afs holds is found by name.
std::shared_ptr<const DirectoryView> view_nothing(std::shared_ptr<const Tree> tree, Ino self, Ino parent,
                                                  const AttributeMaker& attributes);

}  // namespace g2afs
