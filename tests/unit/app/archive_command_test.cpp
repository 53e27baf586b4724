// SPDX-License-Identifier: MIT
// What needs two file systems, a mount and its copy's, is in tests/system/archive_command_test.sh.
#include "g2afs/app/archive_command.hpp"

#include <gtest/gtest.h>

#include "fake_mount.hpp"
#include "output_file.hpp"

namespace g2afs {
namespace {

class ArchiveCommandTest : public testing::Test {
 protected:
  int run(const std::filesystem::path& path, const std::filesystem::path& copy) {
    ProgressLine line(errors_.fd());
    ArchiveCommand command;
    command.copy = copy;
    command.paths = {path};
    return run_archive(command, line, out_.file());
  }

  test::FakeMount mount_;
  test::OutputFile out_, errors_;
};

TEST_F(ArchiveCommandTest, RefusesAPathInNoMount) {
  EXPECT_EQ(run("/", "/tmp"), 2);
  EXPECT_EQ(errors_.text(), "g2afs: /: not in a g2afs mount\n");
  EXPECT_EQ(out_.text(), "");
}

TEST_F(ArchiveCommandTest, RefusesACopyInTheMount) {
  EXPECT_EQ(run(mount_.root(), mount_.root()), 2);
  EXPECT_EQ(errors_.text(), "g2afs: " + mount_.root().native() + ": is in a g2afs mount, not a copy\n");
}

TEST_F(ArchiveCommandTest, RefusesACopyThatShowsAMountFromElsewhere) {
  // As bindfs and NFS do: not on the mount's device.
  std::string view = "/dev/shm/g2afs-test-XXXXXX";
  ASSERT_NE(mkdtemp(view.data()), nullptr);
  std::filesystem::create_directories(std::filesystem::path(view) / ".g2afs");
  std::filesystem::create_directories(std::filesystem::path(view) / "2016");
  test::write_file(std::filesystem::path(view) / ".g2afs/status.json", "{}");
  EXPECT_EQ(run(mount_.root(), view), 2);
  EXPECT_EQ(run(mount_.root(), view + "/2016"), 2);
  EXPECT_EQ(errors_.text(), "g2afs: " + view + ": is a view of a g2afs mount, not a copy\ng2afs: " + view +
                                "/2016: is a view of a g2afs mount, not a copy\n");
  std::filesystem::remove_all(view);
}

TEST_F(ArchiveCommandTest, RefusesACopyThatIsNoDirectory) {
  EXPECT_EQ(run(mount_.root(), "/proc/version"), 2);
  EXPECT_EQ(run(mount_.root(), "/proc/nothing"), 2);
  EXPECT_EQ(errors_.text(),
            "g2afs: /proc/version: not a directory\n"
            "g2afs: /proc/nothing: No such file or directory\n");
}

TEST_F(ArchiveCommandTest, FailsWithASummaryWhereThereIsNoCopy) {
  mount_.add("2016/11/24/7", "ready", {{"7.mp4", "x"}});
  EXPECT_EQ(run(mount_ / "2016", "/proc"), 1);
  EXPECT_EQ(out_.text(), "1 recording: 0 marked archived, 0 archived before, 1 not\n");
}

TEST_F(ArchiveCommandTest, IsFineWhereAllIsArchived) {
  mount_.add("2016/11/24/7", "ready", {{"7.mp4", "x"}}, "1");
  EXPECT_EQ(run(mount_ / "2016", "/proc"), 0);
  EXPECT_EQ(out_.text(), "1 recording: 0 marked archived, 1 archived before, 0 not\n");
  EXPECT_EQ(errors_.text(), "");
}

TEST_F(ArchiveCommandTest, FailsForAPathThatIsNotThere) {
  EXPECT_EQ(run(mount_ / "2016", "/proc"), 1);
  EXPECT_EQ(errors_.text(), "g2afs: " + (mount_ / "2016").native() + ": No such file or directory\n");
}

TEST(ArchiveSummary, SaysWhatBecameOfEach) {
  ArchiveCounts counts{.recordings = 13, .archived_before = 2, .marked = 10, .failed = 1, .found = true};
  EXPECT_EQ(archive_summary(counts, {}), "13 recordings: 10 marked archived, 2 archived before, 1 not");
  EXPECT_EQ(archive_summary(counts, {.dry_run = true, .recheck = true}),
            "13 recordings: 10 would be marked archived, 2 archived before and proved again, 1 not");
  counts.marked = 3;
  counts.marking = 2;
  counts.unlisted = 2;
  counts.found = false;
  EXPECT_EQ(archive_summary(counts, {}),
            "13 recordings: 3 marked archived, 2 archived before, 8 not, 2 of them asked for without an answer, "
            "5 of them not tried; "
            "2 directories could not be listed; there are more recordings");
}

}  // namespace
}  // namespace g2afs
