// SPDX-License-Identifier: MIT
// The recordings that a path in a mount stands for: the one whose directory or file it is, or all under a directory of
// dates. Blocks while the mount lists; any thread.
//
// By names alone: the tree's levels are fixed (SPEC.md, "The tree"), so a recording's directory is not looked into and
// costs the mount nothing.
#pragma once

#include <filesystem>
#include <functional>

#include "g2afs/app/mounted_path.hpp"

namespace g2afs {

struct RecordingsVisitor {
  /// Relative to the mount's root, as 2016/11/24/18446744; in the order of their dates.
  std::function<void(const std::filesystem::path&)> recording;
  /// A directory that could not be listed to its end: nothing of it was or will be shown.
  std::function<void(const Error&)> failure;
};

void recordings_under(const MountedPath& path, const RecordingsVisitor& visitor);

}  // namespace g2afs
