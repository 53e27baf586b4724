// SPDX-License-Identifier: MIT
#include "g2afs/app/copy_comparison.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "fake_mount.hpp"

namespace g2afs {
namespace {

class CopyComparisonTest : public testing::Test {
 protected:
  CopyComparisonTest() {
    mount_.add("2016/11/24/7", "ready", {{"7.events", "e"}, {"7.mp4", "video"}, {"7.png", "picture"}});
  }
  std::string outcome(const std::vector<std::string>& names, FileComparisonOptions options = {}) {
    std::vector<std::filesystem::path> places;
    for (const auto& name : names) places.push_back(mount_.beside(name));
    CopyComparison comparison(std::move(options));
    const auto equal = comparison.compare(mount_ / "2016/11/24/7", mount_.device(), places, [this](std::uint64_t more) {
      compared_ += more;
      return true;
    });
    if (equal) return "equal";
    return (equal.error().code == Errc::NotFound ? "not found: " : "") + equal.error().what;
  }
  void copy_to(std::string_view name) { test::FakeMount::copy(mount_ / "2016/11/24/7", mount_.beside(name)); }

  test::FakeMount mount_;
  std::uint64_t compared_ = 0;
};

TEST_F(CopyComparisonTest, ProvesAWholeCopy) {
  copy_to("copy");
  EXPECT_EQ(outcome({"copy"}), "equal");
  EXPECT_EQ(compared_, 13U);
}

TEST_F(CopyComparisonTest, DoesNotMindWhatElseThereIs) {
  copy_to("copy");
  test::write_file(mount_.beside("copy") / "notes.txt", "x");
  std::filesystem::create_directory(mount_.beside("copy") / "8");
  EXPECT_EQ(outcome({"copy"}), "equal");
}

TEST_F(CopyComparisonTest, SeesAMissingFileBeforeItReadsTheOthers) {
  copy_to("copy");
  std::filesystem::remove(mount_.beside("copy") / "7.png");
  EXPECT_EQ(outcome({"copy"}), "7.png: not in the copy");
  EXPECT_EQ(compared_, 0U);
}

TEST_F(CopyComparisonTest, NamesTheFileThatDiffers) {
  copy_to("copy");
  test::write_file(mount_.beside("copy") / "7.png", "picturE");
  EXPECT_EQ(outcome({"copy"}), "7.png: its copy differs at byte 7");
  std::filesystem::remove(mount_.beside("copy") / "7.png");
  std::filesystem::create_symlink("nowhere", mount_.beside("copy") / "7.png");
  EXPECT_EQ(outcome({"copy"}), "7.png: not in the copy");
}

TEST_F(CopyComparisonTest, TakesTheFirstPlaceThatExistsAndNoOther) {
  EXPECT_EQ(outcome({"first", "second"}), "not found: no copy");
  copy_to("second");
  EXPECT_EQ(outcome({"first", "second"}), "equal");
  test::write_file(mount_.beside("first"), "a file is no place");
  EXPECT_EQ(outcome({"first", "second"}), "equal");
  std::filesystem::remove(mount_.beside("first"));
  std::filesystem::create_directory(mount_.beside("first"));
  EXPECT_EQ(outcome({"first", "second"}), "7.events: not in the copy");
}

TEST_F(CopyComparisonTest, SkipsNoPlaceItCannotLookAt) {
  copy_to("second");
  std::filesystem::create_directory_symlink("loop", mount_.beside("loop"));
  EXPECT_EQ(outcome({"loop", "second"}), mount_.beside("loop").native() + ": Too many levels of symbolic links");
}

TEST_F(CopyComparisonTest, ProvesNothingOfARecordingWithoutFiles) {
  copy_to("copy");
  for (const auto* name : {"7.events", "7.mp4", "7.png"}) std::filesystem::remove(mount_ / "2016/11/24/7" / name);
  EXPECT_EQ(outcome({"copy"}), "it has no files");
}

TEST_F(CopyComparisonTest, FailsWhereTheRecordingCannotBeListed) {
  copy_to("copy");
  std::filesystem::remove_all(mount_ / "2016/11/24/7");
  EXPECT_EQ(outcome({"copy"}), (mount_ / "2016/11/24/7").native() + ": No such file or directory")
      << "which does not say that there is no copy";
}

TEST_F(CopyComparisonTest, DoesNotTakeAFileThatIsGoneForAMissingCopy) {
  copy_to("copy");
  const std::filesystem::path places[] = {mount_.beside("copy")};
  CopyComparison comparison({});
  const auto equal = comparison.compare(mount_ / "2016/11/24/7", mount_.device(), places, [this](std::uint64_t) {
    std::filesystem::remove(mount_ / "2016/11/24/7/7.png");
    return true;
  });
  ASSERT_FALSE(equal);
  EXPECT_EQ(equal.error().what, "7.png: it is not there any more");
  EXPECT_NE(equal.error().code, Errc::NotFound);
}

TEST_F(CopyComparisonTest, TakesNoDirectoryOfAMountForACopy) {
  copy_to("copy");
  EXPECT_EQ(outcome({"copy"}, {.no_copies = {mount_.device()}}), "its copy lies in a g2afs mount");
}

}  // namespace
}  // namespace g2afs
