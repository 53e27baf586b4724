// SPDX-License-Identifier: MIT
// When and whether to try again: the one retry policy, for API calls and media alike. Loop thread only.
//
// Exponential backoff with full jitter (100 ms doubling to 10 s); a Retry-After from the server is obeyed instead, as far
// as `retry_for` goes. A caller writes
//     Retry retry(policy, clock);
//     for (;;) { …try…; if (!co_await retry.again(retry_after)) co_return error; }
#pragma once

#include <chrono>
#include <optional>
#include <random>

#include "g2afs/net/clock.hpp"

namespace g2afs {

struct RetryPolicy {
  std::chrono::milliseconds retry_for{120'000};  // since the Retry was made
  std::chrono::milliseconds first{100};
  std::chrono::milliseconds longest{10'000};
};

/// How long a server that is in trouble and does not say for how long is left alone by all, at the `event`th sign of that
/// in a row, from 0 on: short enough that a reader hardly notices one hiccup, doubled because the next shows that it was
/// not one, and never long, as somebody waits for it to be back.
Duration rest_after(int event);

class Retry {
 public:
  Retry(const RetryPolicy& policy, Clock& clock) : policy_(policy), clock_(clock), since_(clock.awake()) {}

  /// Waits its turn and returns true, or returns false at once when `retry_for` is over.
  Task<bool> again(std::optional<std::chrono::seconds> retry_after = std::nullopt);
  /// What is left of `retry_for`; zero or less when it is over.
  Duration left() const { return policy_.retry_for - (clock_.awake() - since_); }

 private:
  const RetryPolicy policy_;
  Clock& clock_;
  const MonotonicTime since_;
  int tries_ = 0;
  std::minstd_rand random_{std::random_device{}()};
};

}  // namespace g2afs
