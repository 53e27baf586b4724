// SPDX-License-Identifier: MIT
// Members that are added to a config file, whose text stays byte for byte: comments, layout and all. Any thread.
#pragma once

#include <filesystem>
#include <span>
#include <string>
#include <string_view>

#include "g2afs/app/config_file.hpp"
#include "g2afs/base/error.hpp"

namespace g2afs {

/// `"account_key": 7, "user_key": "x"`: members as they are written.
std::string written_members(std::span<const ConfigMember> members);

/// The text with these members after its own, in a line of their own where it has lines. Invalid if it is no text of a
/// config file, or has one of them already.
Result<std::string> with_members(std::string_view text, std::span<const ConfigMember> added);

/// The same for a file, which is replaced in one step and keeps its mode and owner; a symbolic link stays one. Errors are
/// as with_members() and read_config_file() have them; Unavailable if it cannot be replaced.
Result<void> add_to_config_file(const std::filesystem::path& file, std::span<const ConfigMember> added);

}  // namespace g2afs
