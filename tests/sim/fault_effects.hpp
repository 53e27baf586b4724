// SPDX-License-Identifier: MIT
// What a fault makes of a request: an answer in place of the real one, or a change of the real one. The
// faults of media contents (wrong-length and so on) are media_api's. Any thread: pure functions.
#pragma once

#include <optional>
#include <string>

#include "sim/fault_plan.hpp"
#include "sim/http_message.hpp"

namespace g2a_sim {

// `port` is that of the listener that was asked. Nothing when the fault leaves the answer to
// the real thing.
std::optional<HttpResponse> substitute_answer(const Fault& fault, const HttpRequest& request, int port);

// Delivery, delay, compression.
void spoil_answer(const Fault& fault, HttpResponse& response);

}  // namespace g2a_sim
