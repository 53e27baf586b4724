// SPDX-License-Identifier: MIT
#include "g2afs/app/interrupts.hpp"

#include <thread>
#include <unistd.h>

#include <gtest/gtest.h>

namespace g2afs {
namespace {

using Event = Interrupts::Event;
constexpr std::chrono::milliseconds kForEver{-1};

TEST(Interrupts, SeeAnotherThreadFinish) {
  Interrupts interrupts;
  EXPECT_EQ(interrupts.wait(std::chrono::milliseconds{0}), Event::TimePassed);
  std::thread other([&] { interrupts.finish(); });
  EXPECT_EQ(interrupts.wait(kForEver), Event::Finished);
  EXPECT_EQ(interrupts.wait(kForEver), Event::Finished) << "once and for all";
  other.join();
}

TEST(Interrupts, SeeEachSignalThatWouldEndTheProcess) {
  Interrupts interrupts;
  for (const int signal : {SIGINT, SIGTERM, SIGHUP}) {
    kill(getpid(), signal);
    EXPECT_EQ(interrupts.wait(kForEver), Event::Interrupted) << signal;
    EXPECT_EQ(interrupts.wait(std::chrono::milliseconds{0}), Event::TimePassed);
  }
}

TEST(Interrupts, LeaveOffReading) {
  int ends[2];
  ASSERT_EQ(pipe(ends), 0);
  Interrupts interrupts;
  kill(getpid(), SIGINT);
  EXPECT_FALSE(interrupts.wait_to_read(ends[0]));
  EXPECT_EQ(interrupts.wait(kForEver), Event::Interrupted);
  close(ends[1]);
  EXPECT_TRUE(interrupts.wait_to_read(ends[0])) << "its end is something to read";
  close(ends[0]);
}

TEST(Interrupts, StayAwayFromSignalsThatAreIgnored) {
  const auto before = std::signal(SIGHUP, SIG_IGN);
  {
    Interrupts interrupts;
    kill(getpid(), SIGHUP);
    EXPECT_EQ(interrupts.wait(std::chrono::milliseconds{0}), Event::TimePassed) << "as nohup has it";
    kill(getpid(), SIGTERM);
    EXPECT_EQ(interrupts.wait(kForEver), Event::Interrupted);
  }
  std::signal(SIGHUP, before);
}

TEST(Interrupts, LeaveSignalsAsTheyWere) {
  sigset_t before, after;
  pthread_sigmask(SIG_SETMASK, nullptr, &before);
  { Interrupts interrupts; }
  pthread_sigmask(SIG_SETMASK, nullptr, &after);
  EXPECT_EQ(sigismember(&before, SIGINT), 0);
  EXPECT_EQ(sigismember(&after, SIGINT), 0);
}

}  // namespace
}  // namespace g2afs
