// SPDX-License-Identifier: MIT
#include "g2afs/control/transcode_watch.hpp"

#include <algorithm>

#include "g2afs/net/concurrency.hpp"

namespace g2afs {
namespace {

/// Of the time a look took.
constexpr int kRest = 3;

Task<bool> notified(Event& event) {
  co_await event.wait();
  co_return true;
}

}  // namespace

void TranscodeWatch::add(std::span<const DatedId> ids) {
  const auto tree = catalog_.tree();
  std::vector<DatedId> begun;
  for (const DatedId& one : ids) {
    if (!ended(*tree, one)) begun.push_back(one);
  }
  schedule_.add(begun, clock_.now());
  added_.notify_all();
  if (!schedule_.empty() && !std::exchange(watching_, true)) loop_.spawn(watch());
}

Task<> TranscodeWatch::watch() {
  const struct Done {
    bool& watching;
    ~Done() { watching = false; }
  } done{watching_};
  while (!schedule_.empty()) {
    // A look may take a suspend of the machine along, which is no work to rest from.
    const MonotonicTime begun = clock_.awake();
    const std::vector<Day> days = schedule_.due(clock_.now());
    if (days.empty()) {
      co_await wait_for_next();
      continue;
    }
    // A failure has been noted by the catalogue; the next look is due all the same.
    std::vector<Day> looked_at = days;
    co_await catalog_.refresh_days(std::move(looked_at));
    const auto tree = catalog_.tree();
    const MonotonicTime now = clock_.now();
    for (const Day day : days) {
      schedule_.looked(day, now, [&](RecordingId id) { return ended(*tree, {day, id}); });
    }
    co_await clock_.sleep(std::min<Duration>((clock_.awake() - begun) * kRest, WatchSchedule::kLongest));
  }
}

Task<> TranscodeWatch::wait_for_next() {
  std::vector<Task<bool>> either;
  // Each begins a turn of the loop later. In this order nothing that is added in between is missed.
  either.push_back(notified(added_));
  either.push_back(slept_until_due());
  co_await join_until<bool>(loop_, std::move(either), [](const bool&) { return true; });
}

Task<bool> TranscodeWatch::slept_until_due() {
  co_await clock_.sleep(schedule_.next() - clock_.now());
  co_return true;
}

bool TranscodeWatch::ended(const Tree& tree, DatedId id) const {
  const DayNode* day = tree.find(id.day);
  const Recording* recording = day == nullptr ? nullptr : day->find(id.id);
  return recording == nullptr || recording->state == State::Ready;
}

}  // namespace g2afs
