// SPDX-License-Identifier: MIT
// Files and directories that nobody but their owner may look into. Any thread.
#pragma once

#include <cstddef>
#include <filesystem>
#include <string>
#include <system_error>

#include "g2afs/base/error.hpp"

namespace g2afs {

struct PrivateFile {
  std::string text;
  bool regular = true;  // not a pipe or a device
};

/// Whether a pipe, as of a shell's `<(…)`, may stand in for the file; to read one may wait for who writes it.
enum class Pipes { Read, Refuse };

/// Reads a file of at most `limit` bytes. Errors begin with its path: NotFound; Denied (it cannot be read, or others may
/// use it: with the chmod that mends it); Invalid (too large, or no file); Unavailable.
Result<PrivateFile> read_private_file(const std::filesystem::path& path, std::size_t limit, Pipes pipes);

/// Makes the directories that are missing, for the owner only; those that are there stay as they are.
std::error_code make_private_directories(const std::filesystem::path& directory);

}  // namespace g2afs
