// SPDX-License-Identifier: MIT
// Invents an account from a seed: recordings spread over the span as people work (weekdays, office hours,
// bursts, days without any), with ids that mostly but not strictly grow with time. Any thread: pure function.
#pragma once

#include <vector>

#include "sim/recording.hpp"
#include "sim/sim_options.hpp"

namespace g2a_sim {

// options.count recordings in [from, to), ordered by start time.
std::vector<Recording> generate_recordings(const SimOptions& options);

}  // namespace g2a_sim
