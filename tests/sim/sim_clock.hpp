// SPDX-License-Identifier: MIT
// The account's idea of now: the real clock plus an offset that tests move. URL and token expiry, timePeriod,
// transcoding and the Date header follow it. Any thread.
#pragma once

#include <atomic>
#include <chrono>
#include <cstdint>

namespace g2a_sim {

class SimClock {
 public:
  std::int64_t now_ms() const { return real_ms() + offset_ms_.load(); }
  std::int64_t offset_ms() const { return offset_ms_.load(); }
  void set_offset_ms(std::int64_t offset) { offset_ms_.store(offset); }
  void advance_ms(std::int64_t by) { offset_ms_.fetch_add(by); }
  // From here on the clock runs from `ms`.
  void set_now_ms(std::int64_t ms) { offset_ms_.store(ms - real_ms()); }

 private:
  static std::int64_t real_ms() {
    using namespace std::chrono;
    return duration_cast<milliseconds>(system_clock::now().time_since_epoch()).count();
  }

  std::atomic<std::int64_t> offset_ms_{0};
};

}  // namespace g2a_sim
