// SPDX-License-Identifier: MIT
#include "g2afs/fuse/pending_signals.hpp"

#include <csignal>
#include <string>
#include <unistd.h>

#include <fmt/format.h>
#include <gtest/gtest.h>

namespace g2afs {
namespace {

constexpr std::uint64_t bit(int signal) { return std::uint64_t{1} << (signal - 1); }

std::string status(std::uint64_t of_thread, std::uint64_t of_process, std::uint64_t blocked = 0) {
  return fmt::format(
      "Name:\tcat\nState:\tD (disk sleep)\nSigQ:\t1/7823\nSigPnd:\t{:016x}\nShdPnd:\t{:016x}\nSigBlk:\t{:016x}\n"
      "SigIgn:\t{:016x}\nSigCgt:\t0000000000000000\n",
      of_thread, of_process, blocked, bit(SIGINT));
}

TEST(PendingSignals, WhoIsKilledIsLetGo) {
  EXPECT_TRUE(is_signalled(status(bit(SIGKILL), 0)));
  EXPECT_TRUE(is_signalled(status(bit(SIGKILL), bit(SIGINT))));
}

TEST(PendingSignals, AndWhoHandlesASignal) {
  for (const int signal : {SIGINT, SIGTERM, SIGHUP, SIGQUIT, SIGALRM, SIGUSR1, SIGRTMAX}) {
    EXPECT_TRUE(is_signalled(status(bit(signal), 0))) << signal;
    EXPECT_TRUE(is_signalled(status(0, bit(signal)))) << signal;
    EXPECT_TRUE(is_signalled(status(bit(SIGTSTP), bit(signal)))) << signal;
  }
}

TEST(PendingSignals, WhoIsStoppedOrDisturbedIsNot) {
  EXPECT_FALSE(is_signalled(status(0, 0)));
  for (const int signal : {SIGSTOP, SIGTSTP, SIGTTIN, SIGTTOU, SIGCONT, SIGCHLD, SIGURG, SIGWINCH}) {
    EXPECT_FALSE(is_signalled(status(bit(signal), 0))) << signal;
    EXPECT_FALSE(is_signalled(status(0, bit(signal)))) << signal;
  }
}

TEST(PendingSignals, WhatIsBlockedDoesNotCome) {
  EXPECT_FALSE(is_signalled(status(bit(SIGUSR1), bit(SIGINT), bit(SIGUSR1) | bit(SIGINT))));
}

TEST(PendingSignals, WhereItCannotBeToldTheAnswerIsYes) {
  EXPECT_TRUE(is_signalled(""));
  EXPECT_TRUE(is_signalled("Name:\tcat\nSigPnd:\t0000000000000000\nShdPnd:\tno number\nSigBlk:\t0\n"));
  EXPECT_TRUE(is_signalled(0));
}

TEST(PendingSignals, OfAThreadThatIsThere) { EXPECT_FALSE(is_signalled(::gettid())); }

}  // namespace
}  // namespace g2afs
