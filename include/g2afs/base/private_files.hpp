// SPDX-License-Identifier: MIT
// Files and directories that nobody but their owner may look into. Any thread.
#pragma once

#include <cstddef>
#include <filesystem>
#include <string>
#include <string_view>
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

/// What a file is to be that takes the place of another: 0600 and ours, or as that one was.
enum class Replacement { Private, KeepsModeAndOwner };

/// Puts a file with this text in place of `file`: after a crash there is the old one or the new one.
std::error_code replace_file(const std::filesystem::path& file, std::string_view text, Replacement as);

/// Makes the directories that are missing, for the owner only; those that are there stay as they are.
std::error_code make_private_directories(const std::filesystem::path& directory);

}  // namespace g2afs
