// SPDX-License-Identifier: MIT
#include "g2afs/net/retry.hpp"

#include <algorithm>

namespace g2afs {

Duration rest_after(int event) {
  constexpr int kMostDoublings = 3;
  return std::chrono::milliseconds{500} * (1 << std::min(event, kMostDoublings));
}

Task<bool> Retry::again(std::optional<std::chrono::seconds> retry_after) {
  Duration pause;
  // `Retry-After: 0` is not a leave to ask without a pause.
  if (retry_after && retry_after->count() > 0) {
    pause = *retry_after;
  } else {
    const auto ceiling =
        std::min<std::chrono::milliseconds>(policy_.longest, policy_.first * (1 << std::min(tries_, 20)));
    pause = std::chrono::milliseconds{
        std::uniform_int_distribution<std::chrono::milliseconds::rep>(0, ceiling.count())(random_)};
  }
  ++tries_;
  if (left() <= Duration::zero()) co_return false;
  pause = std::min(pause, left());  // the last try is made when `retry_for` ends
  co_await clock_.sleep(pause);
  co_return true;
}

}  // namespace g2afs
