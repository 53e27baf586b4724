// SPDX-License-Identifier: MIT
#include "g2afs/app/recording_attributes.hpp"

#include <gtest/gtest.h>

#include "fake_mount.hpp"

namespace g2afs {
namespace {

TEST(RecordingAttributes, AreRead) {
  const test::FakeMount mount;
  mount.add("2016/11/24/7", "untranscoded");
  EXPECT_EQ(recording_state(mount / "2016/11/24/7").value(), State::Untranscoded);
  EXPECT_FALSE(recording_archived(mount / "2016/11/24/7").value());
  mount.add("2016/11/24/7", "transcoding", {}, "1");
  EXPECT_EQ(recording_state(mount / "2016/11/24/7").value(), State::Transcoding);
  EXPECT_TRUE(recording_archived(mount / "2016/11/24/7").value());
}

TEST(RecordingAttributes, AreMarked) {
  const test::FakeMount mount;
  mount.add("2016/11/24/7", "ready");
  ASSERT_TRUE(mark_archived(mount / "2016/11/24/7"));
  EXPECT_EQ(mount.get("2016/11/24/7", "archived"), "1");
  ASSERT_TRUE(refresh_listing(mount / "2016/11/24"));
  EXPECT_EQ(mount.get("2016/11/24", "refresh"), "1");
}

TEST(RecordingAttributes, SayWhatIsGoneOrUnknown) {
  const test::FakeMount mount;
  const auto gone = mount / "2016/11/24/7";
  for (const auto& error :
       {recording_state(gone).error(), recording_archived(gone).error(), mark_archived(gone).error()}) {
    EXPECT_EQ(error.code, Errc::NotFound);
    EXPECT_EQ(error.what, gone.native() + ": No such file or directory");
  }
  mount.add("2016/11/24/8", "molten\n");
  EXPECT_EQ(recording_state(mount / "2016/11/24/8").error().what,
            (mount / "2016/11/24/8").native() + ": unknown state molten?");
  EXPECT_EQ(recording_state(mount / "2016/11/24").error().code, Errc::NoAttribute);
}

TEST(RecordingAttributes, StatesHaveTheNamesOfTheAttribute) {
  EXPECT_EQ(parse_state("ready"), State::Ready);
  EXPECT_EQ(parse_state("transcoding"), State::Transcoding);
  EXPECT_EQ(parse_state("untranscoded"), State::Untranscoded);
  EXPECT_EQ(parse_state("Ready"), std::nullopt);
  EXPECT_EQ(parse_state(""), std::nullopt);
}

}  // namespace
}  // namespace g2afs
