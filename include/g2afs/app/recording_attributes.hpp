// SPDX-License-Identifier: MIT
// The extended attributes of a recording in a mount, by its path, and of directories (SPEC.md, "Extended attributes").
// Any thread; blocks as long as the mount takes to answer, which for what is written is until the server has.
#pragma once

#include <filesystem>
#include <string>

#include "g2afs/base/error.hpp"
#include "g2afs/catalog/tree.hpp"

namespace g2afs {

/// Internal for a state this version does not know.
Result<State> recording_state(const std::filesystem::path& recording);
Result<bool> recording_archived(const std::filesystem::path& recording);
Result<void> mark_archived(const std::filesystem::path& recording);
/// What the directory lists is then what the server has now.
Result<void> refresh_listing(const std::filesystem::path& directory);

/// Nothing for any other word.
std::optional<State> parse_state(std::string_view word);

}  // namespace g2afs
