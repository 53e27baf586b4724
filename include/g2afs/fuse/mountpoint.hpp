// SPDX-License-Identifier: MIT
// The directory to mount on. Any thread; may wait for whatever is mounted there now.
#pragma once

#include <string>

#include "g2afs/base/error.hpp"

namespace g2afs {

/// The absolute path of a directory that can be mounted on. Where the mount of a process that was killed is still
/// there and only says "not connected", it is removed first.
/// Errors: Unavailable (it is not there), NotDirectory.
Result<std::string> prepare_mountpoint(const std::string& given);

}  // namespace g2afs
