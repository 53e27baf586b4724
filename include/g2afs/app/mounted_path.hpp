// SPDX-License-Identifier: MIT
// Where a path lies in a running mount, for the commands that work on one by ordinary system calls. Any thread.
//
// A mount is known by `.g2afs/status.json` in its root, not by the table of mounts: so it is found through a bind mount
// of a container and over NFS as well.
#pragma once

#include <filesystem>
#include <sys/types.h>

#include "g2afs/base/error.hpp"

namespace g2afs {

struct MountedPath {
  std::filesystem::path root;   // of the mount; absolute, without symbolic links
  std::filesystem::path below;  // relative to the root; empty for the root itself
  dev_t device = 0;             // of everything in the mount

  std::filesystem::path path() const { return below.empty() ? root : root / below; }
};

/// Invalid where it is in no mount; else what the system says of the path (NotFound…).
Result<MountedPath> find_in_mount(const std::filesystem::path& path);

}  // namespace g2afs
