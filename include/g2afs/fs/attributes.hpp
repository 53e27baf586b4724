// SPDX-License-Identifier: MIT
// What stat shows of each kind of node: modes, owner and times. Any thread (immutable).
//
// Directories are 0755 and files 0644 less the umask; all three times are the recording's start. A directory of dates
// has the first instant of its stretch, so that times are the same after a remount. Link counts of directories are 1,
// which tells `find` that they say nothing about subdirectories.
#pragma once

#include "g2afs/catalog/tree.hpp"
#include "g2afs/fs/types.hpp"

namespace g2afs {

struct Ownership {
  std::uint32_t uid = 0, gid = 0;
  std::uint32_t umask = 022;
};

class AttributeMaker {
 public:
  AttributeMaker(Ownership ownership, Zone zone) : ownership_(ownership), zone_(std::move(zone)) {}

  Attributes dates(const DateDir& dir) const;
  Attributes recording(Day day, const Recording& recording) const;
  /// Nothing while the file's size is not known.
  std::optional<Attributes> file(Day day, const Recording& recording, FileKind kind) const;
  Attributes control_dir() const;
  Attributes control_file(Ino ino, std::uint64_t size) const;

 private:
  Attributes make(Ino ino, bool directory, std::uint64_t size, Time time) const;

  Ownership ownership_;
  Zone zone_;
};

}  // namespace g2afs
