// SPDX-License-Identifier: MIT
// What the daemon of a mount says of itself: `.g2afs/status.json`, found from outside. It blocks, for good where the mount
// hangs: to be called by ChildAnswer. Any thread.
#pragma once

#include <filesystem>
#include <string>

#include "g2afs/base/error.hpp"

namespace g2afs {

/// The file's text, of the mount that `path` lies in, or, where the table of mounts does not show it for what it is (over
/// NFS, under an overlay), of that which has its root there. Invalid where there is none, Denied where it is another
/// user's, Internal where its daemon has died; else what the system says.
Result<std::string> read_status_file(const std::filesystem::path& path);

}  // namespace g2afs
