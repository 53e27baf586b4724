// SPDX-License-Identifier: MIT
// The gate: what ends a wait.
#include "sim/gate.hpp"

#include <sys/socket.h>
#include <unistd.h>

#include <gtest/gtest.h>

namespace g2a_sim {
namespace {

TEST(Gate, DoesNotMissAReleaseBeforeTheWait) {
  Gate gate;
  const Gate::Ticket ticket = gate.ticket();
  gate.release();
  EXPECT_EQ(ticket.wait(-1, 0), Gate::Woken::kReleased);
  EXPECT_EQ(gate.ticket().wait(-1, 0.001), Gate::Woken::kDeadline) << "later tickets are not released";
}

TEST(Gate, NobodyWaitsOnceItIsClosed) {
  Gate gate;
  const Gate::Ticket before = gate.ticket();
  gate.close();
  gate.release();
  EXPECT_EQ(before.wait(-1, 0), Gate::Woken::kReleased);
  EXPECT_EQ(gate.ticket().wait(-1, 0), Gate::Woken::kReleased);
}

TEST(Gate, NoticesThatThePeerLeft) {
  int ends[2];
  ASSERT_EQ(::socketpair(AF_UNIX, SOCK_STREAM, 0, ends), 0);
  Gate gate;
  ::close(ends[1]);
  EXPECT_EQ(gate.ticket().wait(ends[0], 0), Gate::Woken::kGone);
  ::close(ends[0]);
}

}  // namespace
}  // namespace g2a_sim
