// SPDX-License-Identifier: MIT
#include "g2afs/net/media_gate.hpp"

#include <algorithm>

#include <fmt/format.h>

namespace g2afs {
namespace {

// The first one may be the end of what was too much, and says so with its Retry-After.
constexpr int kEventsBeforeRefusal = 2;
constexpr const char* kFails = "fails whatever it is asked";
// Behind all there are.
constexpr auto kNoPriority = static_cast<Priority>(static_cast<int>(Priority::Bulk) + 1);

}  // namespace

MediaGate::Turn::Turn(MediaGate& gate, std::string origin, Priority priority)
    : gate_(gate), place_(priority, gate.arrivals_++), origin_(std::move(origin)) {
  gate_.line_.emplace(place_, this);
}

MediaGate::Turn::~Turn() {
  if (gate_.line_.erase(place_) != 0) gate_.set_alarm();
}

Task<Result<MediaGate::Permit>> MediaGate::Turn::come() {
  if (gate_.lack(origin_, priority(), gate_.clock_.awake(), {}) == Lack::Nothing) {
    gate_.admit();  // those whose host's pause has just ended go first
  } else {
    gate_.set_alarm();
    gate_.on_shortage_();
  }
  while (!answer_) co_await came_.wait();
  co_return std::move(*answer_);
}

void MediaGate::Turn::hurry() {
  if (priority() == Priority::Interactive || gate_.line_.erase(place_) == 0) return;
  place_ = {Priority::Interactive, gate_.arrivals_++};
  gate_.line_.emplace(place_, this);
  gate_.admit();
}

MediaGate::Permit::Permit(MediaGate& gate, std::string origin, Priority priority)
    : gate_(&gate),
      origin_(std::move(origin)),
      priority_(priority),
      began_(gate.hosts_.begin(origin_, gate.clock_.awake())) {
  ++gate.taken_;
  if (priority == Priority::Small) ++gate.taken_by_small_;
  if (priority == Priority::Bulk) ++gate.taken_by_bulk_;
}

MediaGate::Permit::Permit(Permit&& other) noexcept
    : gate_(std::exchange(other.gate_, nullptr)),
      origin_(std::move(other.origin_)),
      priority_(other.priority_),
      began_(other.began_),
      answered_(other.answered_) {}

MediaGate::Permit::~Permit() {
  if (gate_ != nullptr) gate_->leave(origin_, priority_);
}

void MediaGate::Permit::answered(const ResponseHead& head) {
  answered_ = true;
  const auto lesson = gate_->hosts_.answered(origin_, began_, head.status, head.retry_after, gate_->clock_.awake());
  switch (head.status) {
    case 429: return learn(lesson, Errc::Throttled, "answers 429 to everything");
    case 503: return learn(lesson, Errc::Unavailable, "answers 503 to everything");
    default: return learn(lesson, Errc::Unavailable, kFails);
  }
}

void MediaGate::Permit::failed() {
  if (!answered_) learn(gate_->hosts_.failed(origin_, began_, gate_->clock_.awake()), Errc::Unavailable, kFails);
}

void MediaGate::Permit::learn(HostLimits::Lesson lesson, Errc code, const char* what) {
  if (lesson.events == kEventsBeforeRefusal) {
    gate_->log_.warn("{}/…: the host {}: it is left alone for moments", origin_, what);
  }
  if (lesson.events_before >= kEventsBeforeRefusal) gate_->log_.info("{}/…: the host is well again", origin_);
  if (lesson.events >= kEventsBeforeRefusal) {
    gate_->refuse_along(origin_, Error{code, fmt::format("{}/…: the host {}", origin_, what)});
  }
  if (lesson.events == 0) gate_->admit();  // its limit may have risen
}

MediaGate::MediaGate(Loop& loop, Clock& clock, Log& log, std::size_t places, Duration longest_pause,
                     std::function<void()> on_shortage)
    : loop_(loop),
      clock_(clock),
      log_(log),
      places_(places),
      on_shortage_(std::move(on_shortage)),
      hosts_(places, longest_pause) {}

void MediaGate::Given::add(const std::string& origin, Priority priority, std::ptrdiff_t count) {
  all += count;
  if (priority == Priority::Small) small += count;
  if (priority == Priority::Bulk) bulk += count;
  by_host[origin] += count;
}

bool MediaGate::share_used_up(Priority priority, const Given& given) const {
  if (priority == Priority::Interactive) return false;
  const auto after = [](std::size_t taken, std::ptrdiff_t more) { return static_cast<std::ptrdiff_t>(taken) - more; };
  const auto limit = [](std::size_t places) { return static_cast<std::ptrdiff_t>(places); };
  const std::ptrdiff_t small = after(taken_by_small_, given.small), bulk = after(taken_by_bulk_, given.bulk);
  const std::size_t bulk_share = bulk_places(places_);
  if (priority == Priority::Bulk) return small + bulk >= limit(bulk_share);
  const bool bulk_in_line = !line_.empty() && line_.rbegin()->first.first == Priority::Bulk;
  if (bulk_in_line && small >= limit(std::max<std::size_t>(bulk_share / 2, 1))) return true;
  return small + bulk >= limit(all_but_part(places_, 16));
}

MediaGate::Lack MediaGate::lack(const std::string& origin, Priority priority, MonotonicTime now,
                                const Given& given) const {
  if (hosts_.not_before(origin) > now) return Lack::HostTime;
  const auto free = [](std::size_t places, std::size_t taken, std::ptrdiff_t more) {
    return static_cast<std::ptrdiff_t>(places) - static_cast<std::ptrdiff_t>(taken) + more;
  };
  const auto by_host = given.by_host.find(origin);
  const bool room = hosts_.room(origin) + (by_host == given.by_host.end() ? 0 : by_host->second) > 0;
  // What fewest can give comes first: one that is slowed down has its own limit; another lacks room only because all
  // places are taken by it.
  if (!room && hosts_.slowed_down(origin)) return Lack::HostRoom;
  if (share_used_up(priority, given)) return Lack::ShareOfPlaces;
  if (!room) return Lack::HostRoom;
  if (free(places_, taken_, given.all) <= 0) return Lack::Place;
  return Lack::Nothing;
}

void MediaGate::admit() {
  const MonotonicTime now = clock_.awake();
  for (auto at = line_.begin(); at != line_.end() && taken_ < places_;) {
    Turn& turn = *at->second;
    const Lack lacks = lack(turn.origin_, turn.priority(), now, {});
    if (lacks == Lack::ShareOfPlaces) {  // as do all of its priority
      at = line_.lower_bound({turn.priority() == Priority::Small ? Priority::Bulk : kNoPriority, 0});
      continue;
    }
    if (lacks != Lack::Nothing) {
      ++at;
      continue;
    }
    at = line_.erase(at);
    turn.answer_.emplace(Permit(*this, turn.origin_, turn.priority()));
    turn.came_.notify_all();
  }
  set_alarm();
  if (!line_.empty()) on_shortage_();
}

void MediaGate::refuse_along(const std::string& origin, const Error& why) {
  for (auto at = line_.begin(); at != line_.end();) {
    Turn& turn = *at->second;
    if (turn.origin_ != origin) {
      ++at;
      continue;
    }
    at = line_.erase(at);
    turn.answer_.emplace(fail(why));
    turn.came_.notify_all();
  }
}

void MediaGate::leave(const std::string& origin, Priority priority) {
  hosts_.end(origin, clock_.awake());
  --taken_;
  if (priority == Priority::Small) --taken_by_small_;
  if (priority == Priority::Bulk) --taken_by_bulk_;
  admit();
}

bool MediaGate::wanted(const Permit& mine, const std::vector<const Permit*>& leaving) const {
  const MonotonicTime now = clock_.awake();
  Given given;
  for (const Permit* one : leaving) given.add(one->origin_, one->priority_, 1);
  for (const auto& [place, turn] : line_) {
    switch (lack(turn->origin_, turn->priority(), now, given)) {
      case Lack::Nothing: given.add(turn->origin_, turn->priority(), -1); break;
      case Lack::HostTime: break;
      case Lack::HostRoom:
        if (turn->origin_ == mine.origin_) return true;
        break;
      case Lack::Place: return true;
      case Lack::ShareOfPlaces:
        if (mine.priority_ != Priority::Interactive) return true;
        break;
    }
  }
  return false;
}

void MediaGate::set_alarm() {
  const auto at = line_.empty() ? std::nullopt : hosts_.next_end_of_pause(clock_.awake());
  if (at == alarm_at_) return;
  if (alarm_at_) loop_.cancel(alarm_);
  alarm_at_ = at;
  if (at) alarm_ = loop_.spawn(alarm(*at));
}

Task<> MediaGate::alarm(MonotonicTime at) {
  co_await clock_.sleep(at - clock_.awake());
  // Another one may have taken its place since it woke up.
  if (alarm_at_ != at) co_return;
  alarm_at_.reset();
  admit();
}

}  // namespace g2afs
