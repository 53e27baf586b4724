// SPDX-License-Identifier: MIT
// The mounts this process sees, as /proc/self/mountinfo tells them (proc_pid_mountinfo(5)). Any thread.
//
// Nothing here touches a mounted file system, so it never waits for one, our own in particular.
#pragma once

#include <optional>
#include <string>
#include <string_view>

namespace g2afs {

/// st_dev of everything on one mounted file system: no other has it as long as that one is mounted anywhere.
struct DeviceNumber {
  unsigned major_number = 0, minor_number = 0;
  bool operator==(const DeviceNumber&) const = default;
};
/// `0:52`
std::string to_string(DeviceNumber device);

struct MountedHere {
  std::string point;  // absolute
  std::string root;   // which directory of the file system is seen there; `/` but for a bind mount of a part of it
  std::string type;   // `fuse.g2afs`
};

class MountTable {
 public:
  /// The table's text in the kernel's format.
  explicit MountTable(std::string text) : text_(std::move(text)) {}
  /// As it is now; empty if it cannot be read.
  static MountTable read();

  /// What is mounted at this absolute path; the topmost, where several are.
  std::optional<DeviceNumber> at(std::string_view mountpoint) const;
  bool mounted(DeviceNumber device) const;
  /// The mount of this number, which the kernel calls mnt_id (proc_pid_fdinfo(5)).
  std::optional<MountedHere> numbered(unsigned id) const;

 private:
  std::string text_;
};

}  // namespace g2afs
