// SPDX-License-Identifier: MIT
// Where in a copy a recording is looked for. Any thread; pure.
//
// A copy may have been made of the whole mount, of the path itself or of what is in it, as `rsync -a MNT/ COPY/`,
// `cp -a MNT/2016/11 COPY/` and `rsync -a MNT/2016/11/ COPY/` do. Each has the recording in one place that is known
// beforehand, so nothing is searched for; and since a place is a directory named by the recording's id (but where that
// recording alone was copied), a place cannot be taken for that of another.
#pragma once

#include <filesystem>
#include <vector>

#include "g2afs/app/mounted_path.hpp"

namespace g2afs {

/// In the order of preference, each once; the first that exists is the copy. `recording` is relative to the mount's
/// root and at or below `path`, or the recording of which `path` is a file.
std::vector<std::filesystem::path> copy_places(const std::filesystem::path& copy, const MountedPath& path,
                                               const std::filesystem::path& recording);

}  // namespace g2afs
