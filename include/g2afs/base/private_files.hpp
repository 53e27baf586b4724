// SPDX-License-Identifier: MIT
// Files and directories that nobody but their owner may look into. Any thread.
#pragma once

#include <filesystem>
#include <system_error>

namespace g2afs {

/// Makes the directories that are missing, for the owner only; those that are there stay as they are.
std::error_code make_private_directories(const std::filesystem::path& directory);

}  // namespace g2afs
