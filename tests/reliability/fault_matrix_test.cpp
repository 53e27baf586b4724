// SPDX-License-Identifier: MIT
// Every fault, in everything the user does, once, for five seconds and for ever: he sees what cells.cpp promises, when it
// promises it, and once the fault is gone all is as if it had never been.
#include <string>
#include <tuple>

#include <gtest/gtest.h>

#include "cells.hpp"
#include "user.hpp"

#include "g2afs/fuse/errno_map.hpp"

namespace g2afs::test {
namespace {

// With full jitter a call is tried some thirty times in `retry_for`; an operation may make two side by side, and of a
// redirect six are followed.
constexpr int kMostRequests = 120, kMostInALoop = 360;

double in_seconds(Duration time) { return std::chrono::duration<double>(time).count(); }

class FaultMatrix : public testing::TestWithParam<std::tuple<Operation, Lasting>> {};

void check(const Promise& promised, const Seen& seen, const User& user) {
  const int error = seen.result ? 0 : to_errno(seen.result.error().code);
  EXPECT_EQ(errno_name(error), errno_name(promised.error)) << (seen.result ? "" : seen.result.error().what);
  EXPECT_TRUE(!seen.result || user.right(*seen.result)) << seen.result->size() << " bytes that are not the right ones";
  EXPECT_GE(in_seconds(seen.time), in_seconds(promised.from));
  EXPECT_LE(in_seconds(seen.time), in_seconds(promised.until));
}

TEST_P(FaultMatrix, KeepsItsPromise) {
  const auto [operation, lasting] = GetParam();
  for (const FaultRow& row : fault_rows()) {
    SCOPED_TRACE(row.name);
    try {
      World world(row.fault);
      User user(world, operation);
      user.prepare();
      world.begin_fault(User::call_of(operation), lasting);
      const Seen seen = user.act();
      check(promise(row, operation, lasting), seen, user);
      EXPECT_LE(world.asked(), row.fault == Fault::RedirectLoop ? kMostInALoop : kMostRequests) << "it was hammered";

      world.heal();
      world.clock().advance(FailedReads::kJustNow + std::chrono::milliseconds{1});
      const Seen healed = user.act();
      EXPECT_TRUE(healed.result) << "after the fault: " << healed.result.error().what;
      EXPECT_TRUE(!healed.result || user.right(*healed.result)) << "wrong after the fault";
      EXPECT_LE(in_seconds(healed.time), in_seconds(kRetryFor + kTimeout));
      EXPECT_EQ(world.leaks(), 0) << "credentials went to another host";
    } catch (const std::exception& error) {
      ADD_FAILURE() << error.what();
    }
  }
}

INSTANTIATE_TEST_SUITE_P(, FaultMatrix, testing::Combine(testing::ValuesIn(kOperations), testing::ValuesIn(kLastings)),
                         [](const auto& cell) {
                           return std::string(name_of(std::get<0>(cell.param))) +
                                  std::string(name_of(std::get<1>(cell.param)));
                         });

}  // namespace
}  // namespace g2afs::test
