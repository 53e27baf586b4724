// SPDX-License-Identifier: MIT
#include "g2afs/app/wait_command.hpp"

#include <vector>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "fake_mount.hpp"
#include "output_file.hpp"

namespace g2afs {
namespace {

using testing::HasSubstr;

class WaitCommandTest : public testing::Test {
 protected:
  /// What happens in the nth pause; more pauses than that are a failure.
  using Events = std::vector<std::function<void()>>;

  int wait_for(const std::vector<std::filesystem::path>& paths, const Events& events = {}, State state = State::Ready) {
    ProgressLine line(errors_.fd());
    pauses_ = 0;
    return run_wait({state, paths}, line, [&](std::chrono::milliseconds time) {
      EXPECT_GT(time.count(), 0);
      if (pauses_ >= events.size()) throw std::runtime_error("it would wait for ever");
      events[pauses_++]();
    });
  }

  test::FakeMount mount_;
  test::OutputFile errors_;
  std::size_t pauses_ = 0;
};

TEST_F(WaitCommandTest, ReturnsAtOnceWhereAllAre) {
  mount_.add("2016/11/24/7", "ready", {{"7.mp4", "x"}});
  EXPECT_EQ(wait_for({mount_ / "2016/11/24/7", mount_ / "2016/11/24/7/7.mp4"}), 0);
  EXPECT_EQ(errors_.text(), "");
}

TEST_F(WaitCommandTest, ReturnsWhenTheLastOneIs) {
  mount_.add("2016/11/24/7", "untranscoded");
  mount_.add("2016/11/24/8", "transcoding");
  mount_.add("2016/11/24/9", "ready");
  EXPECT_EQ(wait_for({mount_ / "2016"}, {[&] { mount_.set("2016/11/24/8", "state", "ready"); },
                                         [&] { mount_.set("2016/11/24/7", "state", "transcoding"); }, [] {},
                                         [&] { mount_.set("2016/11/24/7", "state", "ready"); }}),
            0);
  EXPECT_EQ(pauses_, 4U);
  EXPECT_EQ(errors_.text(), "") << "quiet where there is no terminal";
}

TEST_F(WaitCommandTest, DoesNotWaitForWhatComesLater) {
  mount_.add("2016/11/24/7", "untranscoded");
  EXPECT_EQ(wait_for({mount_.root()}, {[&] {
                       mount_.add("2016/11/24/8", "untranscoded");
                       mount_.set("2016/11/24/7", "state", "ready");
                     }}),
            0);
}

TEST_F(WaitCommandTest, TakesWhatHasGonePastTheStateAsWell) {
  mount_.add("2016/11/24/7", "untranscoded");
  EXPECT_EQ(wait_for({mount_.root()}, {[&] { mount_.set("2016/11/24/7", "state", "ready"); }}, State::Transcoding), 0);
  EXPECT_EQ(wait_for({mount_.root()}, {}, State::Untranscoded), 0);
}

TEST_F(WaitCommandTest, FailsForOneThatVanishesOnceTheOthersAre) {
  mount_.add("2016/11/24/7", "untranscoded");
  mount_.add("2016/11/24/8", "untranscoded");
  EXPECT_EQ(wait_for({mount_.root()}, {[&] { std::filesystem::remove_all(mount_ / "2016/11/24/7"); },
                                       [&] { mount_.set("2016/11/24/8", "state", "ready"); }}),
            1);
  EXPECT_EQ(pauses_, 2U);
  EXPECT_EQ(errors_.text(), "g2afs: " + (mount_ / "2016/11/24/7").native() + ": No such file or directory\n");
}

TEST_F(WaitCommandTest, FailsForWhatIsNotThereOrCannotBeListed) {
  mount_.add("2016/11/24/7", "ready");
  test::write_file(mount_ / "2016/10", "");
  EXPECT_EQ(wait_for({mount_ / "2017", mount_ / "2016"}), 1);
  EXPECT_EQ(errors_.text(), "g2afs: " + (mount_ / "2017").native() + ": No such file or directory\n" +
                                "g2afs: " + (mount_ / "2016/10").native() + ": Not a directory\n");
}

TEST_F(WaitCommandTest, RefusesAPathInNoMountBeforeItWaits) {
  mount_.add("2016/11/24/7", "untranscoded");
  EXPECT_EQ(wait_for({mount_ / "2016", mount_.root().parent_path()}), 2);
  EXPECT_THAT(errors_.text(), HasSubstr(": not in a g2afs mount\n"));
}

}  // namespace
}  // namespace g2afs
