// SPDX-License-Identifier: MIT
// Tokens of media URLs: random-looking, different at every call, expiring, and nothing of them is stored. A
// token is a keyed hash over (id, kind, time of issue, counter) followed by time and counter, masked by that
// hash; checking one means unmasking and hashing again. Good enough to be unguessable for a test, no more.
// Any thread.
#pragma once

#include <atomic>
#include <cstdint>
#include <string>
#include <string_view>

#include "sim/content.hpp"

namespace g2a_sim {

class UrlSigner {
 public:
  UrlSigner(std::uint64_t seed, std::int64_t ttl_ms);

  std::string issue(std::uint64_t id, FileKind kind, std::int64_t now_ms);

  enum class Verdict { kValid, kExpired, kForged };
  Verdict check(std::string_view token, std::uint64_t id, FileKind kind, std::int64_t now_ms) const;

 private:
  std::uint64_t key_;
  std::int64_t ttl_ms_;
  std::atomic<std::uint64_t> counter_{0};
};

}  // namespace g2a_sim
