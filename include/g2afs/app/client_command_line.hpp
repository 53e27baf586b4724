// SPDX-License-Identifier: MIT
// The command lines of `wait`, `archive` and `status`, which work on a running mount. Any thread; pure.
#pragma once

#include <optional>

#include "g2afs/app/command_line.hpp"

namespace g2afs {

/// Nothing where the first argument is none of these words. Where it is, it is meant: a configuration of that name is
/// written ./wait.
std::optional<Result<Command>> parse_client_command(int argc, const char* const* argv);

}  // namespace g2afs
