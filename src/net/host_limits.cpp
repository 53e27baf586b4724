// SPDX-License-Identifier: MIT
#include "g2afs/net/host_limits.hpp"

#include <algorithm>
#include <utility>

#include "g2afs/net/retry.hpp"

namespace g2afs {
namespace {

// A host that nobody has asked for so long gets a fresh start: what it could take then tells nothing about now.
constexpr Duration kRemembered = std::chrono::minutes{10};

}  // namespace

HostLimits::HostLimits(std::size_t most, Duration longest_pause)
    : most_(std::max<std::size_t>(most, 1)), longest_pause_(longest_pause) {}

std::size_t HostLimits::limit(const std::string& origin) const {
  const auto found = hosts_.find(origin);
  return found == hosts_.end() ? most_ : found->second.limit;
}

std::ptrdiff_t HostLimits::room(const std::string& origin) const {
  const auto found = hosts_.find(origin);
  if (found == hosts_.end()) return static_cast<std::ptrdiff_t>(most_);
  return static_cast<std::ptrdiff_t>(found->second.limit) - static_cast<std::ptrdiff_t>(found->second.under_way);
}

MonotonicTime HostLimits::not_before(const std::string& origin) const {
  const auto found = hosts_.find(origin);
  return found == hosts_.end() ? MonotonicTime{} : found->second.not_before;
}

std::optional<MonotonicTime> HostLimits::next_end_of_pause(MonotonicTime now) const {
  std::optional<MonotonicTime> next;
  for (const auto& [origin, host] : hosts_) {
    if (host.not_before > now && (!next || host.not_before < *next)) next = host.not_before;
  }
  return next;
}

HostLimits::Began HostLimits::begin(const std::string& origin, MonotonicTime now) {
  auto found = hosts_.find(origin);
  if (found == hosts_.end()) {
    // Those that ended slowed down were kept; a newcomer is the occasion to see which of them have had their time.
    std::erase_if(hosts_, [&](const auto& entry) { return forgettable(entry.second, now); });
    found = hosts_.try_emplace(origin, Host{most_}).first;
  } else if (forgettable(found->second, now)) {
    found->second = Host{most_};
  }
  ++found->second.under_way;
  return {found->second.round, now};
}

HostLimits::Lesson HostLimits::answered(const std::string& origin, Began began, int status,
                                        std::optional<std::chrono::seconds> retry_after, MonotonicTime now) {
  const auto found = hosts_.find(origin);
  if (found == hosts_.end()) return {};
  Host& host = found->second;
  if (status == 429 || status == 503) return refused(host, began, retry_after, now);
  if (status >= 500) return failed(host, began, now);
  if (status == 200 || status == 206) return succeeded(host, began, now);
  return {};
}

HostLimits::Lesson HostLimits::failed(const std::string& origin, Began began, MonotonicTime now) {
  const auto found = hosts_.find(origin);
  if (found == hosts_.end()) return {};
  return failed(found->second, began, now);
}

HostLimits::Lesson HostLimits::succeeded(Host& host, Began began, MonotonicTime now) const {
  const Lesson lesson{.events_before = std::exchange(host.events_in_a_row, 0)};
  host.failures.succeeded(now);
  if (began.round != host.round || host.limit == most_ || ++host.successes < host.limit) return lesson;
  ++host.limit;
  host.successes = 0;
  return lesson;
}

HostLimits::Lesson HostLimits::refused(Host& host, Began began, std::optional<std::chrono::seconds> retry_after,
                                       MonotonicTime now) const {
  // `Retry-After: 0` is not a leave to ask without a pause.
  const bool told = retry_after && retry_after->count() > 0;
  if (told) host.not_before = std::max(host.not_before, now + std::min<Duration>(*retry_after, longest_pause_));
  if (began.round != host.round) return {};
  if (!told) rest(host, host.events_in_a_row, now);
  host.limit = std::max<std::size_t>(host.limit / 2, 1);
  host.successes = 0;
  ++host.round;
  return {.events = ++host.events_in_a_row};
}

HostLimits::Lesson HostLimits::failed(Host& host, Began began, MonotonicTime now) const {
  if (began.round != host.round) return {};
  ++host.round;
  const bool dead = host.failures.failed(began.at, now);
  if (dead) rest(host, host.events_in_a_row, now);
  if (!dead && host.limit == most_ && host.events_in_a_row == 0) return {};
  return {.events = ++host.events_in_a_row};
}

void HostLimits::rest(Host& host, int event, MonotonicTime now) const {
  host.not_before = std::max(host.not_before, now + std::min(rest_after(event), longest_pause_));
}

bool HostLimits::slowed_down(const std::string& origin) const { return limit(origin) < most_; }

void HostLimits::end(const std::string& origin, MonotonicTime now) {
  const auto found = hosts_.find(origin);
  if (found == hosts_.end()) return;
  --found->second.under_way;
  found->second.last_end = now;
  if (forgettable(found->second, now)) hosts_.erase(found);
}

bool HostLimits::forgettable(const Host& host, MonotonicTime now) const {
  if (host.under_way != 0 || host.not_before > now) return false;
  // With one connection for all, a host that refuses has as many as ever.
  const bool well = host.limit == most_ && host.events_in_a_row == 0 && host.failures.none();
  return well || now - host.last_end > kRemembered;
}

}  // namespace g2afs
