// SPDX-License-Identifier: MIT
// The command lines of `login`, `check` and `cache`, which work on a configuration. Any thread; pure.
#pragma once

#include <optional>

#include "g2afs/app/command_line.hpp"

namespace g2afs {

/// Nothing where the first argument is none of these words. Where it is, it is meant: a configuration of that name is
/// written ./login.
std::optional<Result<Command>> parse_account_command(int argc, const char* const* argv);

}  // namespace g2afs
