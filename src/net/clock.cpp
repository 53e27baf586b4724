// SPDX-License-Identifier: MIT
#include "g2afs/net/clock.hpp"

#include <ctime>

#include <asio/steady_timer.hpp>
#include <asio/this_coro.hpp>
#include <asio/use_awaitable.hpp>

namespace g2afs {

namespace {

MonotonicTime read_clock(clockid_t clock) {
  timespec at{};
  clock_gettime(clock, &at);
  return {std::chrono::seconds{at.tv_sec} + std::chrono::nanoseconds{at.tv_nsec}};
}

}  // namespace

// Unlike CLOCK_MONOTONIC it runs on while the machine is suspended: a token ends then, too.
MonotonicTime SystemClock::now() const { return read_clock(CLOCK_BOOTTIME); }

MonotonicTime SystemClock::awake() const { return read_clock(CLOCK_MONOTONIC); }

Time SystemClock::wall_now() const {
  return std::chrono::time_point_cast<std::chrono::milliseconds>(std::chrono::system_clock::now());
}

Task<> SystemClock::sleep(Duration duration) {
  asio::steady_timer timer(co_await asio::this_coro::executor, duration);
  co_await timer.async_wait(asio::use_awaitable);
}

}  // namespace g2afs
