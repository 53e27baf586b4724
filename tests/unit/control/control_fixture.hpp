// SPDX-License-Identifier: MIT
// What the tests of the room `control` share: a server that takes changes, and callers who wait and may go away.
#pragma once

#include <functional>
#include <map>
#include <memory>
#include <optional>
#include <set>
#include <string>
#include <vector>

#include <spdlog/sinks/ringbuffer_sink.h>

#include "fakes/fake_clock.hpp"

#include "g2afs/control/control_batcher.hpp"

namespace g2afs::test {

using namespace std::chrono_literals;

/// Takes some time for each call, refuses those with a foreign id or too many, and fails as it is told.
class ChangeServer {
 public:
  explicit ChangeServer(Clock& clock) : clock_(clock) {}

  Task<Result<void>> take(std::vector<RecordingId> ids) {
    calls.push_back(ids);
    ++under_way;
    most_under_way = std::max(most_under_way, under_way);
    struct Leave {
      int& count;
      ~Leave() { --count; }
    } leave{under_way};
    co_await clock_.sleep(latency);
    if (fault) {
      if (const auto code = fault()) co_return fail(*code, "made to fail");
    }
    if (ids.size() > room) co_return fail(Errc::TooLong, "too long");
    for (const RecordingId id : ids) {
      if (foreign.count(id) != 0) co_return fail(refusal, "not yours");
    }
    for (const RecordingId id : ids) done.insert(id);
    co_return Result<void>{};
  }

  Duration latency = 100ms;
  std::size_t room = kMaxIds;  // for so many ids in a call
  std::set<RecordingId> foreign;
  Errc refusal = Errc::Forbidden;
  std::function<std::optional<Errc>()> fault;

  std::vector<std::vector<RecordingId>> calls;
  std::set<RecordingId> done;
  int under_way = 0, most_under_way = 0;

 private:
  Clock& clock_;
};

/// A batcher before that server. Also usable without GoogleTest's fixture, once for each random case.
struct BatcherWorld {
  ~BatcherWorld() {
    loop.cancel_all();
    clock.run(loop);
  }

  /// A caller; what it is told, once it is.
  struct Caller {
    DatedId id;
    std::optional<Result<void>> told;
    TaskId task;
  };
  Caller& call(std::uint64_t id) {
    Caller& caller = *callers.emplace_back(std::make_unique<Caller>());
    caller.id = dated(id);
    caller.task = loop.spawn(wait(batcher, caller));
    return caller;
  }
  static Task<> wait(ControlBatcher& batcher, Caller& caller) { caller.told.emplace(co_await batcher.one(caller.id)); }

  static DatedId dated(std::uint64_t id) { return {Day{static_cast<std::int32_t>(id % 7)}, {id}}; }
  static std::vector<DatedId> dated(std::uint64_t first, std::uint64_t end) {
    std::vector<DatedId> ids;
    for (std::uint64_t id = first; id < end; ++id) ids.push_back(dated(id));
    return ids;
  }
  TaskId start_many(std::vector<DatedId> ids) { return loop.spawn(many(*this, std::move(ids))); }
  static Task<> many(BatcherWorld& world, std::vector<DatedId> ids) {
    co_await world.batcher.many(std::move(ids), world.progress);
    world.ended = true;
  }
  /// Runs what can run without turning the clock.
  void settle() {
    loop.context().restart();
    while (loop.context().poll() != 0) {
    }
  }
  void advance(Duration by) {
    settle();
    clock.advance(by);
    settle();
  }
  void cancel(TaskId task) {
    loop.cancel(task);
    settle();
  }
  std::size_t logged(const std::string& part) const {
    std::size_t lines = 0;
    for (const std::string& line : sink->last_formatted()) lines += line.find(part) != std::string::npos ? 1 : 0;
    return lines;
  }

  Loop loop;
  FakeClock clock;
  ChangeServer server{clock};
  std::shared_ptr<spdlog::sinks::ringbuffer_sink_mt> sink = std::make_shared<spdlog::sinks::ringbuffer_sink_mt>(1000);
  Log log{"test", sink};
  std::set<RecordingId> accepted;
  ControlBatcher batcher{loop,
                         clock,
                         log,
                         "archive",
                         4,
                         [this](std::vector<RecordingId> ids) { return server.take(std::move(ids)); },
                         [this](std::span<const DatedId> ids) {
                           for (const DatedId& id : ids) accepted.insert(id.id);
                         }};
  std::vector<std::unique_ptr<Caller>> callers;
  ControlBatcher::Progress progress;
  bool ended = false;  // of many()
};

}  // namespace g2afs::test
