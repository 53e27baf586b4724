// SPDX-License-Identifier: MIT
// All names in a directory, or an error: never a part of them. Blocks; any thread.
#pragma once

#include <filesystem>
#include <string>
#include <sys/types.h>
#include <vector>

#include "g2afs/base/error.hpp"

namespace g2afs {

/// Sorted, without `.` and `..`. Fails where the directory is not on that device (something is mounted over it), and
/// where reading it ended with an error, even if that was at its last name.
Result<std::vector<std::string>> directory_names(const std::filesystem::path& directory, dev_t device);

}  // namespace g2afs
