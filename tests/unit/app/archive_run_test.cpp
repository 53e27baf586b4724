// SPDX-License-Identifier: MIT
#include "g2afs/app/archive_run.hpp"

#include <algorithm>
#include <memory>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "fake_mount.hpp"
#include "no_threads.hpp"

namespace g2afs {
namespace {

using testing::ElementsAre;
using testing::IsEmpty;

/// Three recordings on two days, all of which /copy has.
class ArchiveRunTest : public testing::Test {
 protected:
  ArchiveRunTest() {
    for (const auto* below : {kSeven, kEight, kNine}) {
      const auto id = std::filesystem::path(below).filename().native();
      mount_.add(below, "ready", {{id + ".mp4", "video " + id}, {id + ".events", "e"}});
    }
    test::FakeMount::copy(mount_ / "2016", copy() / "2016");
  }
  std::filesystem::path copy() const { return mount_.beside("copy"); }

  ArchiveCounts run(const std::vector<std::string>& paths, ArchiveTerms terms = {}) {
    terms.copy = copy();
    std::vector<MountedPath> mounted;
    for (const auto& path : paths) mounted.push_back(mount_.path(path));
    run_ = std::make_unique<ArchiveRun>(terms, mounted, writes_, [this](const std::string& line) {
      const std::lock_guard lock(mutex_);
      // As seen from the mount's root.
      const auto root = mount_.root().native() + "/";
      lines_.push_back(line.starts_with(root) ? line.substr(root.size()) : line);
    });
    run_->run();
    std::sort(lines_.begin(), lines_.end());
    return run_->counts();
  }
  std::string archived() const {
    return mount_.get(kSeven, "archived") + mount_.get(kEight, "archived") + mount_.get(kNine, "archived");
  }

  static constexpr const char* kSeven = "2016/11/24/7";
  static constexpr const char* kEight = "2016/11/24/8";
  static constexpr const char* kNine = "2016/12/01/9";
  test::FakeMount mount_;
  ArchiveWrites writes_;
  std::unique_ptr<ArchiveRun> run_;
  std::mutex mutex_;
  std::vector<std::string> lines_;
};

TEST_F(ArchiveRunTest, MarksWhatTheCopyHolds) {
  const auto counts = run({""});
  EXPECT_TRUE(counts.all_archived());
  EXPECT_EQ(counts.recordings, 3U);
  EXPECT_EQ(counts.marked, 3U);
  EXPECT_EQ(counts.bytes, 24U);
  EXPECT_EQ(counts.bytes_in_all, 24U);
  EXPECT_EQ(archived(), "111");
  EXPECT_THAT(lines_, IsEmpty());
}

TEST_F(ArchiveRunTest, MarksOnlyWhatIsUnderThePaths) {
  EXPECT_TRUE(run({"2016/11/24/7", "2016/12"}).all_archived());
  EXPECT_EQ(archived(), "101");
}

TEST_F(ArchiveRunTest, TakesEachOnceWherePathsOverlap) {
  const auto counts = run({"2016/11", kSeven, "2016/11/24/7/7.mp4", ""});
  EXPECT_EQ(counts.recordings, 3U);
  EXPECT_EQ(counts.marked, 3U);
}

TEST_F(ArchiveRunTest, SaysOfEachOtherOneWhyItIsNotMarked) {
  test::write_file(copy() / kSeven / "7.mp4", "video 8");
  std::filesystem::remove(copy() / kEight / "8.events");
  const auto counts = run({"2016"});
  EXPECT_FALSE(counts.all_archived());
  EXPECT_EQ(counts.failed, 2U);
  EXPECT_EQ(counts.done(), 3U);
  EXPECT_EQ(archived(), "001");
  EXPECT_THAT(lines_, ElementsAre("2016/11/24/7: 7.mp4: its copy differs at byte 7",
                                  "2016/11/24/8: 8.events: not in the copy"));
}

TEST_F(ArchiveRunTest, NeverMarksWhatHasNoFilesYet) {
  mount_.add("2016/12/01/10", "untranscoded");
  mount_.add("2016/12/01/11", "transcoding");
  mount_.add("2016/12/01/12", "ready");
  for (const auto* id : {"10", "11", "12"}) std::filesystem::create_directories(copy() / "2016/12/01" / id);
  const auto counts = run({"2016/12"});
  EXPECT_FALSE(counts.all_archived());
  EXPECT_EQ(counts.marked, 1U);
  for (const auto* below : {"2016/12/01/10", "2016/12/01/11", "2016/12/01/12"}) {
    EXPECT_EQ(mount_.get(below, "archived"), "0") << below;
  }
  EXPECT_THAT(lines_, ElementsAre("2016/12/01/10: not transcoded yet", "2016/12/01/11: is being transcoded",
                                  "2016/12/01/12: it has no files"));
}

TEST_F(ArchiveRunTest, LeavesWhatIsArchivedAlone) {
  mount_.set(kSeven, "archived", "1");
  std::filesystem::remove_all(copy() / kSeven);
  const auto counts = run({""});
  EXPECT_TRUE(counts.all_archived());
  EXPECT_EQ(counts.archived_before, 1U);
  EXPECT_EQ(counts.marked, 2U);
}

TEST_F(ArchiveRunTest, ComparesWhatIsArchivedAgainWhereToldTo) {
  mount_.set(kSeven, "archived", "1");
  mount_.set(kEight, "archived", "1");
  std::filesystem::remove_all(copy() / kSeven);
  int marks = 0;
  writes_.mark = [&](const std::filesystem::path&) -> Result<void> {
    ++marks;
    EXPECT_EQ(run_->counts().marking, 1U);
    return {};
  };
  const auto counts = run({""}, {.recheck = true});
  EXPECT_FALSE(counts.all_archived());
  EXPECT_EQ(counts.archived_before, 1U);
  EXPECT_EQ(counts.marked, 1U);
  EXPECT_EQ(counts.marking, 0U);
  EXPECT_EQ(marks, 1) << "only what is not marked";
  EXPECT_THAT(lines_, ElementsAre("2016/11/24/7: archived already, but: no copy"));
}

TEST_F(ArchiveRunTest, MarksNothingInADryRun) {
  const auto counts = run({""}, {.dry_run = true});
  EXPECT_TRUE(counts.all_archived());
  EXPECT_EQ(counts.marked, 3U);
  EXPECT_EQ(archived(), "000");
}

TEST_F(ArchiveRunTest, TrustsSizesWhereToldTo) {
  test::write_file(copy() / kSeven / "7.mp4", "video 8");
  test::write_file(copy() / kEight / "8.mp4", "video");
  EXPECT_EQ(run({""}, {.size_only = true}).marked, 2U);
  EXPECT_EQ(archived(), "101");
  EXPECT_THAT(lines_, ElementsAre("2016/11/24/8: 8.mp4: its copy has 5 bytes instead of 7"));
}

TEST_F(ArchiveRunTest, TakesNothingInAMountForACopy) {
  EXPECT_EQ(run({""}, {.no_copies = {mount_.device()}}).failed, 3U);
  EXPECT_EQ(archived(), "000");
}

TEST_F(ArchiveRunTest, FailsForADirectoryThatCannotBeListedButDoesTheOthers) {
  test::write_file(mount_ / "2016/10", "");
  const auto counts = run({""});
  EXPECT_FALSE(counts.all_archived());
  EXPECT_EQ(counts.unlisted, 1U);
  EXPECT_EQ(counts.marked, 3U);
  EXPECT_THAT(lines_, ElementsAre("2016/10: Not a directory"));
}

TEST_F(ArchiveRunTest, FailsForAMarkThatIsRefused) {
  writes_.mark = [this](const std::filesystem::path& recording) -> Result<void> {
    if (recording.filename() == "8") return fail(Errc::Denied, recording.native() + ": Permission denied");
    return mark_archived(recording);
  };
  const auto counts = run({""});
  EXPECT_FALSE(counts.all_archived());
  EXPECT_EQ(counts.failed, 1U);
  EXPECT_EQ(archived(), "101");
  EXPECT_THAT(lines_, ElementsAre("2016/11/24/8: Permission denied (its copy is proved, but the mark failed)"));
}

TEST_F(ArchiveRunTest, ListsEachDayAnewBeforeItTakesTheNamesOfFiles) {
  std::atomic<int> refreshed = 0;
  writes_.refresh = [&](const std::filesystem::path& day) -> Result<void> {
    ++refreshed;
    // What the mount had not listed for a moment.
    if (day == mount_ / "2016/11/24") test::write_file(mount_ / kSeven / "7.jpg", "thumbnail");
    return {};
  };
  mount_.set(kNine, "archived", "1");
  for (const bool dry : {true, false}) {
    EXPECT_EQ(run({""}, {.dry_run = dry}).marked, 1U);
    EXPECT_THAT(lines_, ElementsAre("2016/11/24/7: 7.jpg: not in the copy"));
    lines_.clear();
  }
  EXPECT_EQ(archived(), "011");
  EXPECT_EQ(refreshed, 2) << "once a day and run, and not where all is archived";
}

TEST_F(ArchiveRunTest, MarksNothingOfADayThatCannotBeListedAnew) {
  writes_.refresh = [&](const std::filesystem::path& day) -> Result<void> {
    if (day == mount_ / "2016/12/01") return {};
    return fail(Errc::Denied, "Permission denied");
  };
  const auto counts = run({""});
  EXPECT_FALSE(counts.all_archived());
  EXPECT_EQ(counts.bytes_in_all, counts.bytes);
  EXPECT_EQ(archived(), "001");
  EXPECT_THAT(lines_, ElementsAre("2016/11/24/7: its listing cannot be refreshed: Permission denied",
                                  "2016/11/24/8: its listing cannot be refreshed: Permission denied"));
}

TEST_F(ArchiveRunTest, DoesAllInOneThreadWhereThereIsNoOther) {
  const test::NoThreads none;
  EXPECT_EQ(run({""}).marked, 3U);
  EXPECT_EQ(archived(), "111");
}

TEST_F(ArchiveRunTest, SaysWhereItLookedWhenThereIsNoCopyAtAll) {
  std::filesystem::rename(copy(), mount_.beside("moved"));
  std::filesystem::create_directory(copy());
  EXPECT_EQ(run({"2016/11"}).failed, 2U);
  const auto place = [this](std::string_view below) { return (copy() / below).native(); };
  EXPECT_THAT(lines_, ElementsAre("2016/11/24/7: no copy", "2016/11/24/8: no copy",
                                  "no copy was found, neither at " + place("2016/11/24/7") + " nor at " +
                                      place("11/24/7") + " nor at " + place("24/7")));
}

TEST_F(ArchiveRunTest, MarksNothingMoreOnceStopped) {
  writes_.mark = [this](const std::filesystem::path& recording) -> Result<void> {
    run_->stop();
    return mark_archived(recording);
  };
  // More than are in flight at a time.
  for (int id = 100; id < 300; ++id) {
    const auto below = "2016/12/02/" + std::to_string(id);
    mount_.add(below, "ready", {{std::to_string(id) + ".mp4", "v"}});
    test::FakeMount::copy(mount_ / below, copy() / below);
  }
  const auto counts = run({""});
  EXPECT_FALSE(counts.all_archived());
  EXPECT_GE(counts.marked, 1U);
  EXPECT_LT(counts.marked, 203U);
  EXPECT_EQ(counts.failed, 0U);
  EXPECT_THAT(lines_, IsEmpty());
}

TEST_F(ArchiveRunTest, IsFineWithNothingToDo) {
  std::filesystem::create_directories(mount_ / "2020/01");
  EXPECT_TRUE(run({"2020/01"}).all_archived());
}

}  // namespace
}  // namespace g2afs
