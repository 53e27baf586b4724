// SPDX-License-Identifier: MIT
// The directories a mount uses where the configuration names none. Any thread; pure.
#pragma once

#include "g2afs/app/config.hpp"
#include "g2afs/app/environment.hpp"
#include "g2afs/base/error.hpp"

namespace g2afs {

/// Fills in state_dir, token_file and (where cache_size is not 0) cache_dir. Invalid if one is needed that
/// depends on HOME, which is not set.
Result<void> fill_in_directories(Config& config, const Environment& env);

}  // namespace g2afs
