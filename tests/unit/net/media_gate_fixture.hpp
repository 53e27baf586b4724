// SPDX-License-Identifier: MIT
// Guests of a MediaGate, one by one, on a fake clock.
#pragma once

#include <memory>
#include <optional>
#include <sstream>
#include <string>
#include <vector>

#include <gtest/gtest.h>
#include <spdlog/sinks/ostream_sink.h>

#include "fakes/fake_clock.hpp"
#include "unit/net/loop_fixture.hpp"

#include "g2afs/net/media_gate.hpp"

namespace g2afs::test {

using namespace std::chrono_literals;

inline constexpr Priority kSoon = Priority::Interactive;
inline constexpr Priority kAhead = Priority::Bulk;

class MediaGateTest : public LoopFixture {
 protected:
  struct Guest {
    std::string name, origin;
    Priority priority;
    std::optional<MediaGate::Permit> permit;
    TaskId id;
    bool refused = false;
    Errc error{};
    MediaGate::Turn* turn = nullptr;  // while in line
  };

  void open(std::size_t places) {
    gate.emplace(loop, clock, log, places, 60s, [this] { ++shortages; });
  }
  Guest& arrive(std::string name, Priority priority, std::string origin = "A") {
    Guest& guest = *guests.emplace_back(std::make_unique<Guest>(Guest{name, origin, priority, {}, {}}));
    guest.id = loop.spawn(enter(*this, guest));
    settle();
    return guest;
  }
  static Task<> enter(MediaGateTest& test, Guest& guest) {
    MediaGate::Turn turn(*test.gate, guest.origin, guest.priority);
    guest.turn = &turn;
    auto entered = co_await turn.come();
    guest.turn = nullptr;
    test.notes.push_back(guest.name + (entered ? "" : " refused"));
    if (entered) guest.permit.emplace(std::move(*entered));
    guest.refused = !entered;
    if (!entered) guest.error = entered.error().code;
  }
  void fail(Guest& guest) {
    guest.permit->failed();
    guest.permit.reset();
    settle();
  }
  void leave(Guest& guest, int status = 206, std::optional<std::chrono::seconds> retry_after = std::nullopt) {
    ResponseHead head;
    head.status = status;
    head.retry_after = retry_after;
    guest.permit->answered(head);
    guest.permit.reset();
    settle();
  }
  void pass(Duration time) {
    clock.advance(time);
    settle();
  }
  void TearDown() override {
    for (auto& guest : guests) loop.cancel(guest->id);
    settle();
    for (auto& guest : guests) guest->permit.reset();
    settle();
    EXPECT_EQ(gate->waiting(), 0u);
    EXPECT_EQ(clock.sleeping(), 0) << "nobody waits, so nothing is to wake up for";
    LoopFixture::TearDown();
  }

  FakeClock clock;
  std::ostringstream said;
  Log log{"test", std::make_shared<spdlog::sinks::ostream_sink_mt>(said)};
  int shortages = 0;
  std::vector<std::string> notes;
  std::optional<MediaGate> gate;
  std::vector<std::unique_ptr<Guest>> guests;
};

}  // namespace g2afs::test
