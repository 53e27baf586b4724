// SPDX-License-Identifier: MIT
// How one open file of status.json comes along, for people. Any thread; pure.
#pragma once

#include <string>
#include <vector>

#include <nlohmann/json_fwd.hpp>

#include "g2afs/app/text_line.hpp"
#include "g2afs/app/transfer_rates.hpp"

namespace g2afs {

/// `18446744.mp4 [####----] 45 %  23 MB/s  0:06 left  8 streams`, as much of it as there is room for; two lines where there
/// is little.
std::vector<std::string> transfer_text(const nlohmann::json& file, const TransferRates& rates, const TextStyle& style);

}  // namespace g2afs
