// SPDX-License-Identifier: MIT
// Random callers, refusals, failures and interruptions against what a server without any batching would say.
#include <random>

#include <gtest/gtest.h>
#include <rapidcheck/gtest.h>

#include "control_fixture.hpp"

namespace g2afs::test {
namespace {

RC_GTEST_PROP(ControlBatcherModel, EachCallerIsToldOfItsOwn, ()) {
  BatcherWorld world;
  world.server.latency = std::chrono::milliseconds{*rc::gen::inRange(0, 200)};
  world.server.refusal = *rc::gen::element(Errc::Forbidden, Errc::Invalid);
  world.server.room = *rc::gen::element<std::size_t>(500, 500, 499, 60, 1);
  std::minstd_rand random(*rc::gen::arbitrary<std::uint32_t>());
  const auto number = [&](unsigned below) { return static_cast<unsigned>(random() % below); };
  const auto chance = [&](unsigned percent) { return number(100) < percent; };
  const auto most = *rc::gen::element<std::uint64_t>(5, 100, 2'000);
  const auto foreign = *rc::gen::element<unsigned>(0, 0, 2);
  for (std::uint64_t id = 1; id <= most; ++id) {
    if (chance(foreign)) world.server.foreign.insert({id});
  }
  const auto failing = *rc::gen::element<unsigned>(0, 0, 30);
  bool failed = false;
  world.server.fault = [&]() -> std::optional<Errc> {
    if (!chance(failing)) return std::nullopt;
    failed = true;
    return Errc::Unavailable;
  };
  std::set<TaskId*> interrupted;
  std::optional<TaskId> directory;
  std::set<RecordingId> wished;

  const int steps = *rc::gen::inRange(1, 40);
  for (int i = 0; i < steps; ++i) {
    const auto arrivals = chance(20) ? number(700) : number(20);
    for (unsigned n = 0; n < arrivals; ++n) {
      const std::uint64_t id = number(static_cast<unsigned>(most)) + 1;
      world.call(id);
      wished.insert({id});
    }
    if (chance(10) && !directory) {
      directory = world.start_many(BatcherWorld::dated(1, most + 1));
      for (std::uint64_t id = 1; id <= most; ++id) wished.insert({id});
    }
    if (chance(30)) world.settle();
    for (auto& caller : world.callers) {
      if (caller->told || !chance(3)) continue;
      interrupted.insert(&caller->task);
      world.loop.cancel(caller->task);
    }
    if (directory && chance(5)) world.loop.cancel(*directory);
    world.advance(std::chrono::milliseconds{number(60)});
  }
  RC_ASSERT(world.clock.run(world.loop));

  std::set<RecordingId> sent;
  for (const auto& ids : world.server.calls) {
    RC_ASSERT(!ids.empty() && ids.size() <= kMaxIds);
    RC_ASSERT(std::set<RecordingId>(ids.begin(), ids.end()).size() == ids.size());
    sent.insert(ids.begin(), ids.end());
  }
  RC_ASSERT(std::includes(wished.begin(), wished.end(), sent.begin(), sent.end()));
  for (const auto& caller : world.callers) {
    const RecordingId id = caller->id.id;
    if (!caller->told) {
      RC_ASSERT(interrupted.count(&caller->task) != 0);
      continue;
    }
    if (caller->told->has_value()) {
      RC_ASSERT(world.server.done.count(id) != 0);
    } else if (caller->told->error().code == Errc::Unavailable) {
      RC_ASSERT(failed);
    } else {
      // A call that is refused for others alone is not this one's; but where too many are and none is accepted, nobody
      // can tell.
      RC_ASSERT(world.server.foreign.count(id) != 0 || world.server.foreign.size() > 8);
      RC_ASSERT(caller->told->error().code == world.server.refusal);
    }
  }
  RC_ASSERT(
      std::includes(world.server.done.begin(), world.server.done.end(), world.accepted.begin(), world.accepted.end()));
  // Without interruptions what the server did and what the callers know are the same.
  if (interrupted.empty() && !directory) RC_ASSERT(world.accepted == world.server.done);
  if (interrupted.empty() && !directory && !failed) RC_ASSERT(sent == wished);
}

}  // namespace
}  // namespace g2afs::test
