// SPDX-License-Identifier: MIT
#include "g2afs/app/child_answer.hpp"

#include <csignal>
#include <fcntl.h>
#include <poll.h>
#include <sys/wait.h>
#include <unistd.h>

#include <gtest/gtest.h>

namespace g2afs {
namespace {

using namespace std::chrono_literals;

constexpr auto kForEver = 1h;

Result<std::string> hang() {
  for (;;) pause();
}

TEST(ChildAnswer, Answers) {
  ChildAnswer asked([] { return Result<std::string>("yes"); });
  EXPECT_EQ(asked.wait(kForEver)->value(), "yes");
}

TEST(ChildAnswer, AnswersHoweverLongItIs) {
  const std::string text(3'000'000, 'x');
  ChildAnswer asked([&] { return Result<std::string>(text); });
  EXPECT_TRUE(asked.wait(kForEver)->value() == text);
  ChildAnswer nothing([] { return Result<std::string>(""); });
  EXPECT_EQ(nothing.wait(kForEver)->value(), "");
}

TEST(ChildAnswer, FailsAsTheQuestionDoes) {
  for (const Errc code : {Errc::NotFound, Errc::Internal}) {
    ChildAnswer asked([code]() -> Result<std::string> { return fail(code, "no such mount"); });
    const auto answer = asked.wait(kForEver);
    ASSERT_TRUE(answer);
    EXPECT_EQ(answer->error().code, code);
    EXPECT_EQ(answer->error().what, "no such mount");
  }
}

TEST(ChildAnswer, AChildThatIsKilledIsAnError) {
  ChildAnswer asked([]() -> Result<std::string> {
    raise(SIGKILL);
    return "";
  });
  EXPECT_EQ(asked.wait(kForEver)->error().code, Errc::Internal);
}

TEST(ChildAnswer, OneThatHangsIsLeft) {
  {
    ChildAnswer asked(hang);
    EXPECT_FALSE(asked.wait(0ms));
    EXPECT_FALSE(asked.wait(1ms)) << "and again";
  }
  // It was killed: else this would wait for ever.
  while (waitpid(-1, nullptr, 0) > 0) {
  }
  EXPECT_EQ(errno, ECHILD);
}

TEST(ChildAnswer, AChildHoldsNothingOfTheParentsOpen) {
  int output[2];
  ASSERT_EQ(pipe(output), 0);
  const ChildAnswer asked(hang);
  close(output[1]);
  // The end of a file, while the child hangs: what waits for the end of the parent's output is not held up.
  char byte = 0;
  EXPECT_EQ(read(output[0], &byte, 1), 0);
  close(output[0]);
}

}  // namespace
}  // namespace g2afs
