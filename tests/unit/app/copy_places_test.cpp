// SPDX-License-Identifier: MIT
#include "g2afs/app/copy_places.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace g2afs {
namespace {

using testing::ElementsAre;

constexpr const char* kRecording = "2016/11/24/7";

std::vector<std::filesystem::path> places(std::string_view below) {
  return copy_places("/copy", MountedPath{"/srv/mnt", below, 0}, kRecording);
}

TEST(CopyPlaces, AreByTheMountThenByThePathsParentThenByThePath) {
  EXPECT_THAT(places("2016/11/24"), ElementsAre("/copy/2016/11/24/7", "/copy/24/7", "/copy/7"));
  EXPECT_THAT(places("2016/11"), ElementsAre("/copy/2016/11/24/7", "/copy/11/24/7", "/copy/24/7"));
  EXPECT_THAT(places("2016"), ElementsAre("/copy/2016/11/24/7", "/copy/11/24/7"));
  EXPECT_THAT(places(""), ElementsAre("/copy/2016/11/24/7", "/copy/mnt/2016/11/24/7"));
}

TEST(CopyPlaces, OfARecordingEndWithTheCopyItself) {
  EXPECT_THAT(places(kRecording), ElementsAre("/copy/2016/11/24/7", "/copy/7", "/copy"));
}

TEST(CopyPlaces, OfAFileAreThoseOfItsRecording) { EXPECT_EQ(places("2016/11/24/7/7.mp4"), places(kRecording)); }

}  // namespace
}  // namespace g2afs
