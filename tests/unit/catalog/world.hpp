// SPDX-License-Identifier: MIT
// An account and who asks it, on a loop and a clock of the test's own, for the tests of this room.
#pragma once

#include <algorithm>
#include <map>
#include <memory>
#include <random>
#include <set>
#include <string>
#include <vector>

#include <spdlog/sinks/ringbuffer_sink.h>

#include "fakes/fake_archive_api.hpp"
#include "fakes/fake_clock.hpp"

#include "g2afs/base/log.hpp"
#include "g2afs/catalog/catalog.hpp"
#include "g2afs/catalog/enumerator.hpp"

namespace g2afs::test {

inline Time at(const std::string& text) {
  const auto time = parse_iso8601(text);
  if (!time) throw std::invalid_argument(text);
  return *time;
}

inline Day day(int year, int month, int number) { return *make_day({year, month, number}); }

/// A recording as a listing shows it.
struct Shown {
  Day day;
  std::uint64_t id = 0;
  State state = State::Ready;
  bool archived = false;
  auto operator<=>(const Shown&) const = default;
};

inline std::ostream& operator<<(std::ostream& out, const Shown& shown) {
  return out << DateDir::of(shown.day).path() << "/" << shown.id << " " << to_string(shown.state)
             << (shown.archived ? " archived" : "");
}

class World {
 public:
  explicit World(const std::string& zone_name = "UTC", Filters shown = {}, Time now = at("2016-12-01T12:00:00Z"))
      : filters(std::move(shown)),
        clock(now),
        sink(std::make_shared<spdlog::sinks::ringbuffer_sink_mt>(1000)),
        log("test", sink),
        enumerator(loop, api, clock, log, *Zone::find(zone_name), filters, [](std::span<const MediaEntry>) {}) {
    log.set_level(spdlog::level::debug);
    api.fault = [this](FakeArchiveApi::Call) {
      return api.calls() > most_calls ? std::optional(Errc::Internal) : std::nullopt;
    };
  }

  void add(std::uint64_t id, Time start, State state = State::Ready, bool archived = false) {
    api.add({.id = {id}, .start = start, .archived = archived, .state = state});
  }

  /// Within the filters, as `list` tells them and `urls` dates them.
  bool visible(const FakeRecording& recording, const DaySpan& span) const {
    const auto window = enumerator.visible(span);
    const auto values = filters.archived_values();
    return window && window->contains(recording.start) &&
           std::find(values.begin(), values.end(), recording.archived) != values.end();
  }
  /// In one of the lists.
  static bool listed(const FakeRecording& recording) { return recording.state != State::Transcoding; }
  /// What an enumeration of the span has to find.
  std::set<Shown> truth(const DaySpan& span) const {
    std::set<Shown> all;
    api.for_each([&](const FakeRecording& recording) {
      if (!listed(recording) || !visible(recording, span)) return;
      if (recording.state == State::Ready && !recording.available) return;
      all.insert({zone().day_of(recording.start), recording.id.value, recording.state, recording.archived});
    });
    return all;
  }
  bool any(const DaySpan& span) const {
    bool found = false;
    api.for_each(
        [&](const FakeRecording& recording) { found = found || (listed(recording) && visible(recording, span)); });
    return found;
  }

  template <class T>
  T run(Task<T> task) {
    return run_task(loop, clock, std::move(task));
  }
  /// Runs what can run without the clock moving.
  void settle() {
    loop.context().restart();
    while (loop.context().poll() != 0) {
    }
  }

  const Zone& zone() const { return enumerator.zone(); }
  std::size_t logged(const std::string& part) const {
    const auto lines = sink->last_formatted();
    return static_cast<std::size_t>(std::count_if(
        lines.begin(), lines.end(), [&](const std::string& line) { return line.find(part) != std::string::npos; }));
  }

  const Filters filters;
  int most_calls = 200'000;  // a loop without end is a failure, not a test that hangs
  Loop loop;
  FakeClock clock;
  FakeArchiveApi api;
  std::shared_ptr<spdlog::sinks::ringbuffer_sink_mt> sink;
  Log log;
  Enumerator enumerator;
};

/// Fills an account with what is hard to enumerate: day boundaries to the second and beside it, bursts within
/// a second, milliseconds, and every state.
class AccountMaker {
 public:
  AccountMaker(World& world, std::uint32_t seed) : world_(world), random_(seed) {}

  std::int64_t number(std::int64_t first, std::int64_t last) {
    return std::uniform_int_distribution<std::int64_t>(first, last)(random_);
  }
  bool chance(int percent) { return number(0, 99) < percent; }

  Time time(const DaySpan& span) {
    const Window window = world_.zone().window_of(span);
    const Day date{static_cast<std::int32_t>(number(span.begin.number, span.end.number))};
    switch (number(0, 9)) {
      case 0:
      case 1: return world_.zone().begin_of(date);
      case 2: return world_.zone().begin_of(date) - std::chrono::seconds{1};
      case 3: return world_.zone().begin_of(date) + std::chrono::milliseconds{number(-1500, 1500)};
      default: return window.begin() + std::chrono::seconds{number(0, (window.end() - window.begin()).count() / 1000)};
    }
  }

  void fill(const DaySpan& span, int count, int untranscoded_percent = 10) {
    Time start = time(span);
    for (int i = 0; i < count; ++i) {
      if (!chance(20)) start = time(span);
      FakeRecording recording;
      recording.id = {static_cast<std::uint64_t>(number(1, 1'000'000'000)) << number(0, 34)};
      recording.start = start;
      recording.archived = chance(30);
      recording.state = chance(untranscoded_percent) ? State::Untranscoded
                        : chance(3)                  ? State::Transcoding
                                                     : State::Ready;
      recording.available = !chance(3);
      world_.api.add(recording);
    }
  }

 private:
  World& world_;
  std::mt19937 random_;
};

}  // namespace g2afs::test
