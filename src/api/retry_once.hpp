// SPDX-License-Identifier: MIT
// The policy of those who do not wait: one try. Any thread.
#pragma once

#include "g2afs/net/retry.hpp"

namespace g2afs {

/// No next try lies within it, not even one without a pause.
inline constexpr RetryPolicy kOnce{.retry_for = std::chrono::milliseconds{-1}};

inline bool is_once(const RetryPolicy& policy) { return policy.retry_for < std::chrono::milliseconds{0}; }

}  // namespace g2afs
