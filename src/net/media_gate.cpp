// SPDX-License-Identifier: MIT
#include "g2afs/net/media_gate.hpp"

#include <algorithm>

#include <fmt/format.h>

namespace g2afs {
namespace {

// The first one may be the end of what was too much, and says so with its Retry-After.
constexpr int kEventsBeforeRefusal = 2;

}  // namespace

/// In line by its lifetime, until it has its permit.
struct MediaGate::Waiter {
  Waiter(MediaGate& owner, std::string to, Priority with)
      : gate(owner), place(with, owner.arrivals_++), origin(std::move(to)) {
    gate.line_.emplace(place, this);
  }
  Waiter(const Waiter&) = delete;
  Waiter& operator=(const Waiter&) = delete;
  ~Waiter() {
    if (gate.line_.erase(place) != 0) gate.set_alarm();
  }
  Priority priority() const { return place.first; }

  MediaGate& gate;
  const std::pair<Priority, std::uint64_t> place;
  const std::string origin;
  int events_seen = 0;  // at its host, while in line
  std::optional<Result<Permit>> answer;
  Event come;
};

MediaGate::Permit::Permit(MediaGate& gate, std::string origin, Priority priority)
    : gate_(&gate),
      origin_(std::move(origin)),
      priority_(priority),
      round_(gate.hosts_.begin(origin_, gate.clock_.now())) {
  ++gate.taken_;
  if (priority == Priority::Bulk) ++gate.taken_by_bulk_;
}

MediaGate::Permit::Permit(Permit&& other) noexcept
    : gate_(std::exchange(other.gate_, nullptr)),
      origin_(std::move(other.origin_)),
      priority_(other.priority_),
      round_(other.round_) {}

MediaGate::Permit::~Permit() {
  if (gate_ != nullptr) gate_->leave(origin_, priority_);
}

void MediaGate::Permit::answered(const ResponseHead& head) {
  const int events = gate_->hosts_.answered(origin_, round_, head.status, head.retry_after, gate_->clock_.now());
  if (events > 0) gate_->refuse_along(origin_, events);
}

MediaGate::MediaGate(Loop& loop, Clock& clock, std::size_t places, Duration longest_pause,
                     std::function<void()> on_shortage)
    : loop_(loop),
      clock_(clock),
      places_(places),
      bulk_places_(bulk_places(places)),
      on_shortage_(std::move(on_shortage)),
      hosts_(places, longest_pause) {}

Task<Result<MediaGate::Permit>> MediaGate::enter(std::string origin, Priority priority) {
  Waiter waiter(*this, std::move(origin), priority);
  if (lack(waiter.origin, priority, clock_.now(), {}) == Lack::Nothing) {
    admit();  // those whose host's pause has just ended go first
  } else {
    set_alarm();
    on_shortage_();
  }
  while (!waiter.answer) co_await waiter.come.wait();
  co_return std::move(*waiter.answer);
}

void MediaGate::Given::add(const std::string& origin, Priority priority, std::ptrdiff_t count) {
  all += count;
  if (priority == Priority::Bulk) bulk += count;
  by_host[origin] += count;
}

MediaGate::Lack MediaGate::lack(const std::string& origin, Priority priority, MonotonicTime now,
                                const Given& given) const {
  if (hosts_.not_before(origin) > now) return Lack::HostTime;
  const auto free = [](std::size_t places, std::size_t taken, std::ptrdiff_t more) {
    return static_cast<std::ptrdiff_t>(places) - static_cast<std::ptrdiff_t>(taken) + more;
  };
  // What fewest can give comes first: a host that is not slowed down lacks room whenever all places are taken.
  if (priority == Priority::Bulk && free(bulk_places_, taken_by_bulk_, given.bulk) <= 0) return Lack::BulkPlace;
  const auto by_host = given.by_host.find(origin);
  if (hosts_.room(origin) + (by_host == given.by_host.end() ? 0 : by_host->second) <= 0) return Lack::HostRoom;
  if (free(places_, taken_, given.all) <= 0) return Lack::Place;
  return Lack::Nothing;
}

void MediaGate::admit() {
  const MonotonicTime now = clock_.now();
  for (auto at = line_.begin(); at != line_.end() && taken_ < places_;) {
    Waiter& waiter = *at->second;
    const Lack lacks = lack(waiter.origin, waiter.priority(), now, {});
    if (lacks == Lack::BulkPlace) break;  // as do all behind it
    if (lacks != Lack::Nothing) {
      ++at;
      continue;
    }
    at = line_.erase(at);
    waiter.answer.emplace(Permit(*this, waiter.origin, waiter.priority()));
    waiter.come.notify_all();
  }
  set_alarm();
  if (!line_.empty()) on_shortage_();
}

void MediaGate::refuse_along(const std::string& origin, int events_in_a_row) {
  for (auto at = line_.begin(); at != line_.end();) {
    Waiter& waiter = *at->second;
    if (waiter.origin != origin || std::min(++waiter.events_seen, events_in_a_row) < kEventsBeforeRefusal) {
      ++at;
      continue;
    }
    at = line_.erase(at);
    waiter.answer.emplace(fail(Errc::Throttled, fmt::format("{}/…: the host refuses all that is asked of it", origin)));
    waiter.come.notify_all();
  }
}

void MediaGate::leave(const std::string& origin, Priority priority) {
  hosts_.end(origin, clock_.now());
  --taken_;
  if (priority == Priority::Bulk) --taken_by_bulk_;
  admit();
}

bool MediaGate::wanted(const Permit& mine, const std::vector<const Permit*>& leaving) const {
  const MonotonicTime now = clock_.now();
  Given given;
  for (const Permit* one : leaving) given.add(one->origin_, one->priority_, 1);
  for (const auto& [place, waiter] : line_) {
    switch (lack(waiter->origin, waiter->priority(), now, given)) {
      case Lack::Nothing: given.add(waiter->origin, waiter->priority(), -1); break;
      case Lack::HostTime: break;
      case Lack::HostRoom:
        if (waiter->origin == mine.origin_) return true;
        break;
      case Lack::Place: return true;
      case Lack::BulkPlace:
        if (mine.priority_ == Priority::Bulk) return true;
        break;
    }
  }
  return false;
}

void MediaGate::set_alarm() {
  const auto at = line_.empty() ? std::nullopt : hosts_.next_end_of_pause(clock_.now());
  if (at == alarm_at_) return;
  if (alarm_at_) loop_.cancel(alarm_);
  alarm_at_ = at;
  if (at) alarm_ = loop_.spawn(alarm(*at));
}

Task<> MediaGate::alarm(MonotonicTime at) {
  co_await clock_.sleep(at - clock_.now());
  // Another one may have taken its place since it woke up.
  if (alarm_at_ != at) co_return;
  alarm_at_.reset();
  admit();
}

}  // namespace g2afs
