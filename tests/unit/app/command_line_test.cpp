// SPDX-License-Identifier: MIT
#include "g2afs/app/command_line.hpp"

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
using ::testing::HasSubstr;
using ::testing::IsEmpty;
using ::testing::Not;
using ::testing::Pair;
using test::command_of;
using test::error_of;
using test::parse;

MountCommand mount_of(const std::vector<const char*>& words) { return command_of<MountCommand>(words); }

TEST(CommandLine, Mounts) {
  const auto mount = mount_of({"g2afs", "acme.json", "/mnt"});
  EXPECT_EQ(mount.config, "acme.json");
  EXPECT_EQ(mount.mountpoint, "/mnt");
  EXPECT_FALSE(mount.foreground);
  EXPECT_FALSE(mount.debug);
  EXPECT_FALSE(mount.fake);
  EXPECT_THAT(mount.options.fuse, IsEmpty());
}

TEST(CommandLine, TakesOptionsBeforeBetweenAndAfterThePaths) {
  const auto mount =
      mount_of({"g2afs", "-o", "nodev", "acme.json", "-f", "/mnt", "-odir_ttl=5,noexec", "-o", "nosuid"});
  EXPECT_TRUE(mount.foreground);
  EXPECT_EQ(mount.config, "acme.json");
  EXPECT_EQ(mount.mountpoint, "/mnt");
  EXPECT_THAT(mount.options.fuse, ElementsAre("nodev", "noexec", "nosuid"));
  EXPECT_THAT(mount.options.config, ElementsAre(Pair("dir_ttl", "5")));
}

TEST(CommandLine, TakesADashForTheConfig) {
  EXPECT_EQ(mount_of({"g2afs", "-", "/mnt"}).config, "-");
  EXPECT_EQ(mount_of({"g2afs", "-f", "-o", "nodev", "-", "/mnt"}).config, "-");
}

TEST(CommandLine, TakesPathsThatBeginWithADashAfterTwo) {
  const auto mount = mount_of({"g2afs", "-f", "--", "-acme.json", "-mnt"});
  EXPECT_EQ(mount.config, "-acme.json");
  EXPECT_EQ(mount.mountpoint, "-mnt");
  EXPECT_THAT(error_of({"g2afs", "a", "b", "--", "-c"}), HasSubstr(" -c: "));
}

TEST(CommandLine, KeepsPathsAsTheyAre) {
  // CLI11 splits a bracketed word where an option takes several.
  const auto mount = mount_of({"g2afs", "[a,b]", "/m n, t"});
  EXPECT_EQ(mount.config, "[a,b]");
  EXPECT_EQ(mount.mountpoint, "/m n, t");
  EXPECT_EQ(error_of({"g2afs", "-o", "[nodev,noexec]", "c", "m"}), "-o [nodev: unknown option; did you mean nodev?");
}

TEST(CommandLine, StaysInTheForegroundToDebug) {
  for (const auto& words :
       std::vector<std::vector<const char*>>{{"g2afs", "-d", "c", "m"}, {"g2afs", "c", "m", "-odebug"}}) {
    const auto mount = mount_of(words);
    EXPECT_TRUE(mount.debug);
    EXPECT_TRUE(mount.foreground);
  }
  EXPECT_TRUE(mount_of({"g2afs", "-fd", "c", "m"}).debug);
}

TEST(CommandLine, HelpsWithin24LinesOf80Columns) {
  for (const char* flag : {"-h", "--help"}) {
    const auto help = std::get<HelpCommand>(parse({"g2afs", flag}).value()).text;
    EXPECT_LE(std::count(help.begin(), help.end(), '\n'), 24);
    std::istringstream lines(help);
    for (std::string line; std::getline(lines, line);) EXPECT_LE(line.size(), 80U) << line;
  }
}

TEST(CommandLine, TellsItsVersion) {
  for (const char* flag : {"-V", "--version"}) {
    EXPECT_THAT(std::get<VersionCommand>(parse({"g2afs", flag}).value()).text,
                ::testing::MatchesRegex("g2afs [0-9]+\\.[0-9]+\\.[0-9]+\n"));
  }
}

TEST(CommandLine, SaysInOneLineWhatIsWrong) {
  const std::string hint = " (see g2afs --help)";
  EXPECT_EQ(error_of({"g2afs"}), "command line: CONFIG and MOUNTPOINT are needed" + hint);
  EXPECT_EQ(error_of({"g2afs", "acme.json"}), "command line: CONFIG and MOUNTPOINT are needed" + hint);
  EXPECT_EQ(error_of({"g2afs", "", "/mnt"}), "command line: CONFIG and MOUNTPOINT are needed" + hint);
  const std::string extra = ": unknown option or one argument too many" + hint;
  EXPECT_EQ(error_of({"g2afs", "a", "b", "c", "d"}), "command line: c" + extra);
  EXPECT_EQ(error_of({"g2afs", "--colour", "a", "b"}), "command line: --colour" + extra);
  EXPECT_EQ(error_of({"g2afs", "a", "b", "-s"}), "command line: -s" + extra);
  EXPECT_THAT(error_of({"g2afs", "a", "b", "-o"}), HasSubstr("-o"));
  EXPECT_EQ(error_of({"g2afs", "a", "b", "-o", "kernel_cache"}), "-o kernel_cache: unknown option");
}

TEST(CommandLine, UnderstandsMountsHelperFlags) {
  for (const char* name : {"/sbin/mount.g2afs", "mount.fuse.g2afs"}) {
    const auto mount = mount_of({name, "/etc/acme.json", "/mnt", "-sfnv", "-o",
                                 "rw,noexec,nosuid,nodev,user=alice,whatever", "-t", "fuse.g2afs"});
    EXPECT_EQ(mount.config, "/etc/acme.json");
    EXPECT_EQ(mount.mountpoint, "/mnt");
    EXPECT_TRUE(mount.fake);
    EXPECT_FALSE(mount.foreground);
    EXPECT_THAT(mount.options.fuse, ElementsAre("rw", "noexec", "nosuid", "nodev"));
  }
}

TEST(CommandLine, RefusesToMountInAnotherNamespace) {
  EXPECT_THAT(error_of({"mount.g2afs", "c", "m", "-N", "/proc/1/ns/mnt"}), HasSubstr("-N: use nsenter(1)"));
}

TEST(CommandLine, MapsMountsReadOnlyFlags) {
  EXPECT_THAT(mount_of({"mount.g2afs", "c", "m", "-r", "-o", "rw,nodev"}).options.fuse,
              ElementsAre("rw", "nodev", "ro"));
  EXPECT_THAT(mount_of({"mount.g2afs", "c", "m", "-w"}).options.fuse, ElementsAre("rw"));
}

TEST(CommandLine, RefusesUnknownOptionsOfMountUnlessSloppy) {
  EXPECT_EQ(error_of({"mount.g2afs", "c", "m", "-o", "whatever"}), "-o whatever: unknown option");
  EXPECT_EQ(mount_of({"mount.g2afs", "c", "m", "-s", "-o", "whatever"}).config, "c");
  EXPECT_EQ(error_of({"mount.g2afs", "c", "m", "-s", "-o", "access_token=x"}).substr(0, 16), "-o access_token:");
}

}  // namespace
}  // namespace g2afs
