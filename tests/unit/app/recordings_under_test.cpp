// SPDX-License-Identifier: MIT
#include "g2afs/app/recordings_under.hpp"

#include <vector>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "fake_mount.hpp"

namespace g2afs {
namespace {

using testing::ElementsAre;
using testing::IsEmpty;

class RecordingsUnderTest : public testing::Test {
 protected:
  RecordingsUnderTest() {
    mount_.add("2016/11/24/8", "ready", {{"8.mp4", "x"}});
    mount_.add("2016/11/24/7", "untranscoded");
    mount_.add("2016/12/01/9", "ready", {{"9.mp4", "x"}});
    mount_.add("2017/01/31/18446744", "ready");
  }
  struct Found {
    std::vector<std::filesystem::path> recordings;
    std::vector<Error> failures;
  };
  Found under(std::string_view below) {
    Found found;
    recordings_under(mount_.path(below), {[&](const auto& recording) { found.recordings.push_back(recording); },
                                          [&](const Error& error) { found.failures.push_back(error); }});
    return found;
  }

  test::FakeMount mount_;
};

TEST_F(RecordingsUnderTest, IsTheRecordingItself) {
  EXPECT_THAT(under("2016/11/24/8").recordings, ElementsAre("2016/11/24/8"));
  EXPECT_THAT(under("2016/11/24/8/8.mp4").recordings, ElementsAre("2016/11/24/8"));
}

TEST_F(RecordingsUnderTest, AreAllOfADayAMonthAYearAndTheRoot) {
  EXPECT_THAT(under("2016/11/24").recordings, ElementsAre("2016/11/24/7", "2016/11/24/8"));
  EXPECT_THAT(under("2016/11").recordings, ElementsAre("2016/11/24/7", "2016/11/24/8"));
  EXPECT_THAT(under("2016").recordings, ElementsAre("2016/11/24/7", "2016/11/24/8", "2016/12/01/9"));
  const auto all = under("");
  EXPECT_THAT(all.recordings, ElementsAre("2016/11/24/7", "2016/11/24/8", "2016/12/01/9", "2017/01/31/18446744"));
  EXPECT_THAT(all.failures, IsEmpty());
}

TEST_F(RecordingsUnderTest, SaysWhichDirectoryCouldNotBeListedAndGoesOn) {
  // A file where a month is expected fails as a listing does.
  test::write_file(mount_ / "2016/10", "");
  const auto found = under("2016");
  EXPECT_THAT(found.recordings, ElementsAre("2016/11/24/7", "2016/11/24/8", "2016/12/01/9"));
  ASSERT_EQ(found.failures.size(), 1U);
  EXPECT_EQ(found.failures[0].what, (mount_ / "2016/10").native() + ": Not a directory");
}

TEST_F(RecordingsUnderTest, PassesOverWhatIsNoDateAndNoId) {
  std::filesystem::create_directories(mount_ / "2016/11/24/notes/1");
  std::filesystem::create_directories(mount_ / "lost+found/11/24/1");
  EXPECT_THAT(under("2016/11/24").recordings, ElementsAre("2016/11/24/7", "2016/11/24/8"));
  EXPECT_EQ(under("").recordings.size(), 4U);
}

TEST_F(RecordingsUnderTest, HoldsNoneWhereTheMountTellsAboutItself) {
  const auto found = under(".g2afs/status.json");
  EXPECT_THAT(found.recordings, IsEmpty());
  ASSERT_EQ(found.failures.size(), 1U);
}

}  // namespace
}  // namespace g2afs
