// SPDX-License-Identifier: MIT
// One entry of the urls answer, with the quirks of the wire that options ask for. Any thread.
#pragma once

#include <nlohmann/json.hpp>

#include "sim/account.hpp"
#include "sim/media_api.hpp"
#include "sim/sim_options.hpp"

namespace g2a_sim {

nlohmann::json urls_entry(const RecordingView& view, const SimOptions& options, MediaApi& media);

}  // namespace g2a_sim
