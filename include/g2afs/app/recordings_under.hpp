// SPDX-License-Identifier: MIT
// The recordings that a path in a mount stands for: the one whose directory or file it is, or all under a directory of
// dates. Blocks while the mount lists; any thread.
//
// By names alone: the tree's levels are fixed (SPEC.md, "The tree"), so a recording's directory is not looked into and
// costs the mount nothing.
#pragma once

#include <filesystem>
#include <vector>

#include "g2afs/app/mounted_path.hpp"

namespace g2afs {

struct RecordingsUnder {
  /// Relative to the mount's root, as 2016/11/24/18446744; by date and id.
  std::vector<std::filesystem::path> recordings;
  /// Directories that could not be listed to their end: nothing of them is among the recordings.
  std::vector<Error> failures;
};

RecordingsUnder recordings_under(const MountedPath& path);

}  // namespace g2afs
