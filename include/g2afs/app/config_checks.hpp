// SPDX-License-Identifier: MIT
// What must hold between the keys of a configuration. Any thread; pure.
#pragma once

#include <functional>
#include <string>
#include <string_view>

#include "g2afs/app/config.hpp"
#include "g2afs/base/error.hpp"

namespace g2afs {

/// Invalid for the first rule that is broken; `prefix_of` gives the prefix for errors about a key.
Result<void> check_config(const Config& config, ConfigUse use,
                          const std::function<std::string(std::string_view key)>& prefix_of);

}  // namespace g2afs
