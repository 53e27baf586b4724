// SPDX-License-Identifier: MIT
// Control and the catalogue of a test's account, on a fake clock.
#pragma once

#include <algorithm>
#include <memory>
#include <string>

#include <spdlog/sinks/ringbuffer_sink.h>

#include "fakes/fake_archive_api.hpp"
#include "fakes/fake_clock.hpp"

#include "g2afs/control/control.hpp"

namespace g2afs::test {

using namespace std::chrono_literals;

inline const Day kDay = *make_day({2016, 11, 24});
inline const DateDir kDayDir{2016, 11, 24}, kMonth{2016, 11, 0}, kRoot{};
inline constexpr Caller kCaller{1000, 4711};

struct ControlWorld {
  explicit ControlWorld(Filters shown = {}) : filters(std::move(shown)) {}
  ~ControlWorld() {
    loop.cancel_all();
    clock.run(loop);
  }

  void add(std::uint64_t id, Time start, State state = State::Ready, bool archived = false) {
    api.add({.id = {id}, .start = start, .archived = archived, .state = state});
  }
  static Time time(const char* text) { return parse_iso8601(text).value(); }

  template <class T>
  T run(Task<T> task) {
    return run_task(loop, clock, std::move(task));
  }
  /// Runs what can run until the clock shows that much later.
  void run_for(Duration duration) {
    const MonotonicTime end = clock.now() + duration;
    while (clock.now() < end) {
      settle();
      // What ran may have turned it further.
      clock.advance(std::clamp<Duration>(end - clock.now(), 0ms, 100ms));
    }
    settle();
  }
  void settle() {
    loop.context().restart();
    while (loop.context().poll() != 0) {
    }
  }
  const Recording* find(Day day, std::uint64_t id) {
    pinned = catalog.tree();
    const DayNode* node = pinned->find(day);
    return node == nullptr ? nullptr : node->find({id});
  }
  std::size_t logged(const std::string& part) const {
    std::size_t lines = 0;
    for (const std::string& line : sink->last_formatted()) lines += line.find(part) != std::string::npos ? 1 : 0;
    return lines;
  }
  CatalogOptions options() const {
    CatalogOptions chosen;
    chosen.filters = filters;
    return chosen;
  }

  const Filters filters;
  Loop loop;
  FakeClock clock{time("2016-12-01T12:00:00Z")};
  FakeArchiveApi api;
  Metrics metrics;
  std::shared_ptr<spdlog::sinks::ringbuffer_sink_mt> sink = std::make_shared<spdlog::sinks::ringbuffer_sink_mt>(1000);
  Log log{"test", sink};
  Enumerator enumerator{loop, api, clock, log, Zone::find("UTC").value(), filters, [](std::span<const MediaEntry>) {}};
  Catalog catalog{loop, enumerator, clock, metrics, log, options()};
  Control control{loop, api, catalog, clock, log, 4};
  std::shared_ptr<const Tree> pinned;
};

}  // namespace g2afs::test
