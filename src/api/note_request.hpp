// SPDX-License-Identifier: MIT
// What the metrics keep of one request to the API or to token_url. Loop thread only.
#pragma once

#include <chrono>
#include <string>
#include <string_view>

#include "g2afs/base/error.hpp"
#include "g2afs/base/metrics.hpp"
#include "g2afs/net/clock.hpp"
#include "g2afs/net/http.hpp"

namespace g2afs {

inline void note_request(Metrics& metrics, std::string_view call, const Result<ResponseHead>& head, Duration took) {
  metrics.api_requests(call, head ? std::to_string(head->status) : "error").Increment();
  metrics.api_seconds(call).Observe(std::chrono::duration<double>(took).count());
}

}  // namespace g2afs
