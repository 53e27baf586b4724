// SPDX-License-Identifier: MIT
#include "g2afs/content/read_gate.hpp"

#include <algorithm>
#include <utility>
#include <vector>

namespace g2afs {

ReadGate::ReadGate(Loop& loop, Clock& clock, std::size_t memory, Duration longest_silence)
    : loop_(loop), clock_(clock), longest_silence_(longest_silence), gate_(memory), last_bytes_(clock.awake()) {}

Task<Result<Gate::Permit>> ReadGate::enter(std::size_t bytes) {
  if (auto at_once = gate_.try_enter(bytes)) co_return std::move(*at_once);
  std::vector<Task<std::optional<Gate::Permit>>> either;
  either.push_back(turn(bytes));
  either.push_back(silence());
  auto ended =
      co_await join_until<std::optional<Gate::Permit>>(loop_, std::move(either), [](const auto&) { return true; });
  if (auto& mine = ended.front(); mine && *mine) co_return std::move(**mine);
  co_return fail(last_error_.code, "in line for a server: " + last_error_.what);
}

Task<std::optional<Gate::Permit>> ReadGate::turn(std::size_t bytes) { co_return co_await gate_.enter(0, bytes); }

Task<std::optional<Gate::Permit>> ReadGate::silence() const {
  const MonotonicTime came = clock_.awake();
  for (;;) {
    const Duration left = longest_silence_ - (clock_.awake() - std::max(came, last_bytes_));
    if (left <= Duration::zero()) co_return std::nullopt;
    co_await clock_.sleep(left);
  }
}

}  // namespace g2afs
