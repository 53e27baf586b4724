// SPDX-License-Identifier: MIT
// What status.json says, for people. Any thread; pure.
//
// It may be of an older or a newer daemon: what is missing, or of another kind than it should be, is left out.
#pragma once

#include <string>
#include <vector>

#include <nlohmann/json_fwd.hpp>

#include "g2afs/app/text_line.hpp"
#include "g2afs/app/transfer_rates.hpp"

namespace g2afs {

/// Lines of at most so many columns: of the mount (at `mountpoint`) first, then one or two for each file that is being
/// read.
std::vector<std::string> status_text(const nlohmann::json& status, const std::string& mountpoint,
                                     const TransferRates& rates, const TextStyle& style);

}  // namespace g2afs
