// SPDX-License-Identifier: MIT
#include "g2afs/app/client_command_line.hpp"

#include <algorithm>
#include <sstream>
#include <string>
#include <vector>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "unit/app/command_line_fixture.hpp"

namespace g2afs {
namespace {

using ::testing::ElementsAre;
using test::command_of;
using test::error_of;
using test::parse;

TEST(ClientCommandLine, Waits) {
  const auto command = command_of<WaitCommand>({"g2afs", "wait", "mnt/2016", "mnt/2017/01"});
  EXPECT_EQ(command.state, State::Ready);
  EXPECT_THAT(command.paths, ElementsAre("mnt/2016", "mnt/2017/01"));
}

TEST(ClientCommandLine, WaitsForAState) {
  EXPECT_EQ(command_of<WaitCommand>({"g2afs", "wait", "--state", "transcoding", "a"}).state, State::Transcoding);
  const auto command = command_of<WaitCommand>({"g2afs", "wait", "a", "--state=untranscoded", "b"});
  EXPECT_EQ(command.state, State::Untranscoded);
  EXPECT_THAT(command.paths, ElementsAre("a", "b"));
}

TEST(ClientCommandLine, Archives) {
  const auto plain = command_of<ArchiveCommand>({"g2afs", "archive", "--verify", "/copy", "mnt/2016"});
  EXPECT_EQ(plain.copy, "/copy");
  EXPECT_FALSE(plain.size_only || plain.dry_run || plain.recheck);
  EXPECT_THAT(plain.paths, ElementsAre("mnt/2016"));
  const auto full = command_of<ArchiveCommand>(
      {"g2afs", "archive", "a", "--dry-run", "--size-only", "--recheck", "--verify=/copy", "b"});
  EXPECT_EQ(full.copy, "/copy");
  EXPECT_TRUE(full.size_only && full.dry_run && full.recheck);
  EXPECT_THAT(full.paths, ElementsAre("a", "b"));
}

TEST(ClientCommandLine, TellsTheStatus) {
  const auto plain = command_of<StatusCommand>({"g2afs", "status", "/mnt"});
  EXPECT_EQ(plain.mountpoint, "/mnt");
  EXPECT_FALSE(plain.json || plain.watch);
  EXPECT_TRUE(command_of<StatusCommand>({"g2afs", "status", "--json", "/mnt"}).json);
  EXPECT_TRUE(command_of<StatusCommand>({"g2afs", "status", "/mnt", "--watch"}).watch);
  EXPECT_EQ(command_of<StatusCommand>({"g2afs", "status", "--", "--watch"}).mountpoint, "--watch");
}

TEST(ClientCommandLine, KeepsPathsAsTheyAre) {
  EXPECT_THAT(command_of<WaitCommand>({"g2afs", "wait", "[a,b]", "c, d", "--", "-e", "--state"}).paths,
              ElementsAre("[a,b]", "c, d", "-e", "--state"));
  EXPECT_EQ(command_of<ArchiveCommand>({"g2afs", "archive", "--verify", "[a,b]", "c"}).copy, "[a,b]");
}

TEST(ClientCommandLine, MountsAConfigurationOfTheSameNameByItsPath) {
  EXPECT_EQ(command_of<MountCommand>({"g2afs", "./wait", "mnt"}).config, "./wait");
  EXPECT_EQ(command_of<MountCommand>({"g2afs", "-f", "wait", "mnt"}).config, "wait");
  EXPECT_EQ(command_of<MountCommand>({"mount.g2afs", "archive", "mnt"}).config, "archive");
}

TEST(ClientCommandLine, SaysInOneLineWhatIsWrong) {
  const std::string of_wait = " (see g2afs wait --help)", of_archive = " (see g2afs archive --help)";
  EXPECT_EQ(error_of({"g2afs", "wait"}), "wait: PATH is needed" + of_wait);
  EXPECT_EQ(error_of({"g2afs", "wait", ""}), "wait: PATH is empty" + of_wait);
  EXPECT_EQ(error_of({"g2afs", "wait", "--state", "done", "a"}),
            "wait: --state done: must be ready, transcoding or untranscoded" + of_wait);
  EXPECT_EQ(error_of({"g2afs", "wait", "-f", "a"}), "wait: -f: unknown option" + of_wait);
  EXPECT_EQ(error_of({"g2afs", "wait", "a", "--state"}).substr(0, 5), "wait:");
  EXPECT_EQ(error_of({"g2afs", "archive", "a"}), "archive: --verify COPYDIR is needed" + of_archive);
  EXPECT_EQ(error_of({"g2afs", "archive", "--verify", "", "a"}), "archive: --verify COPYDIR is needed" + of_archive);
  EXPECT_EQ(error_of({"g2afs", "archive", "--verify", "/copy"}), "archive: PATH is needed" + of_archive);
  EXPECT_EQ(error_of({"g2afs", "archive", "--verify", "/copy", "--force", "a"}),
            "archive: --force: unknown option" + of_archive);
  const std::string of_status = " (see g2afs status --help)";
  EXPECT_EQ(error_of({"g2afs", "status"}), "status: MOUNTPOINT is needed" + of_status);
  EXPECT_EQ(error_of({"g2afs", "status", ""}), "status: MOUNTPOINT is empty" + of_status);
  EXPECT_EQ(error_of({"g2afs", "status", "a", "b"}), "status: b: one argument too many" + of_status);
  EXPECT_EQ(error_of({"g2afs", "status", "--json", "--watch", "a"}), "status: one of --json and --watch" + of_status);
  EXPECT_EQ(error_of({"g2afs", "status", "-f", "a"}), "status: -f: unknown option" + of_status);
}

TEST(ClientCommandLine, HelpsWithin24LinesOf80Columns) {
  for (const auto* word : {"wait", "archive", "status"}) {
    const auto help = command_of<HelpCommand>({"g2afs", word, "--help"}).text;
    EXPECT_EQ(help.find(std::string("Usage: g2afs ") + word), 0U);
    EXPECT_LE(std::count(help.begin(), help.end(), '\n'), 24);
    std::istringstream lines(help);
    for (std::string line; std::getline(lines, line);) EXPECT_LE(line.size(), 80U) << line;
  }
}

}  // namespace
}  // namespace g2afs
