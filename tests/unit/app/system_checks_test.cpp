// SPDX-License-Identifier: MIT
#include "g2afs/app/system_checks.hpp"

#include <sys/stat.h>
#include <unistd.h>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "fakes/temporary_directory.hpp"

namespace g2afs {
namespace {

using Kind = Finding::Result;
using testing::HasSubstr;
using testing::StartsWith;

class FuseCheckTest : public testing::Test {
 protected:
  /// A user on a machine where all is well but for fusermount3, which a test cannot make setuid root unless it is root.
  FuseCheckTest() {
    setup.device = directory.write("fuse", "");
    setup.config = directory.write("fuse.conf", "# user_allow_other\n");
    setup.search_path = "/none:" + directory.path().string();
    setup.uid = 1000;
    helper = directory.write("fusermount3", "", 0755);
    if (::getuid() == 0) {
      EXPECT_EQ(::chmod(helper.c_str(), 04755), 0);
    }
  }
  void as_root() { setup.uid = 0; }
  std::string failure(const std::vector<std::string>& options = {}) const {
    const auto finding = check_fuse(setup, options);
    EXPECT_EQ(finding.status, finding.result == Kind::Failed ? kFailed : kFine);
    return finding.result == Kind::Failed ? finding.why + " | " + finding.remedy : "";
  }

  test::TemporaryDirectory directory;
  FuseSetup setup;
  std::string helper;
};

TEST_F(FuseCheckTest, NeedsTheDevice) {
  as_root();
  EXPECT_EQ(failure(), "");
  std::filesystem::remove(setup.device);
  EXPECT_EQ(failure(),
            setup.device.string() + ": No such file or directory | modprobe fuse; in a container, give it the device");
}

TEST_F(FuseCheckTest, NeedsLeaveToMount) {
  as_root();
  setup.may_mount = false;
  EXPECT_THAT(failure(), StartsWith("nothing in this container may mount | give it CAP_SYS_ADMIN"));
}

TEST_F(FuseCheckTest, NeedsTheHelperUnlessRootMountsByItself) {
  std::filesystem::remove(helper);
  EXPECT_EQ(failure(), "there is no fusermount3 | install the package fuse3");
  as_root();
  EXPECT_EQ(failure(), "");
  EXPECT_EQ(failure({"auto_unmount"}), "there is no fusermount3 | install the package fuse3");
}

TEST_F(FuseCheckTest, NeedsAHelperThatIsSetuidRoot) {
  ASSERT_EQ(::chmod(helper.c_str(), 0755), 0);
  EXPECT_THAT(failure(), StartsWith(helper + " is not setuid root"));
}

TEST_F(FuseCheckTest, NeedsLeaveToLetOthersIn) {
  if (::getuid() != 0) GTEST_SKIP() << "only root can make a helper that is setuid root";
  EXPECT_EQ(failure(), "");
  for (const auto* option : {"allow_other", "allow_root"}) {
    EXPECT_THAT(failure({"nodev", option}), StartsWith(std::string(option) + ": only root may, as "));
    EXPECT_THAT(failure({option}), HasSubstr("| as root: echo user_allow_other >> " + setup.config.string()));
  }
  directory.write("fuse.conf", "mount_max = 10\n  user_allow_other \r\n");
  EXPECT_EQ(failure({"allow_other"}), "");
  std::filesystem::remove(setup.config);
  EXPECT_NE(failure({"allow_other"}), "");
  as_root();
  EXPECT_EQ(failure({"allow_other"}), "");
}

TEST(DirectoryCheck, TakesOneThatIsThereAndLeavesItAsItIs) {
  const test::TemporaryDirectory directory;
  const auto finding = check_directory(directory.path(), 0);
  EXPECT_EQ(finding.result, Kind::Ok) << finding.why;
  EXPECT_THAT(finding.why, testing::MatchesRegex(directory.path().string() + ": [0-9.]+[KMGT] free"));
  EXPECT_TRUE(std::filesystem::is_empty(directory.path()));
}

TEST(DirectoryCheck, TakesOneThatCanBeMadeAndDoesNotMakeIt) {
  const test::TemporaryDirectory directory;
  const auto finding = check_directory(directory / "not/yet", ~std::uint64_t{0});
  EXPECT_EQ(finding.result, Kind::Ok) << finding.why;
  EXPECT_THAT(finding.why, testing::MatchesRegex(".*/not/yet: .* free, less than [0-9]+T"));
  EXPECT_FALSE(std::filesystem::exists(directory / "not"));
}

TEST(DirectoryCheck, RefusesWhatIsNoneOrBelowNone) {
  const test::TemporaryDirectory directory;
  const auto file = directory.write("file", "x");
  for (const std::string& path : {file, file + "/below", file + "/far/below"}) {
    const auto finding = check_directory(path, 0);
    EXPECT_EQ(finding.result, Kind::Failed) << path;
    EXPECT_EQ(finding.why, path + ": Not a directory");
    EXPECT_EQ(finding.status, kFailed);
  }
}

TEST(DirectoryCheck, RefusesWhereNothingCanBeWritten) {
  // Nobody, not even root, can make a file there.
  const auto there = check_directory("/proc/self", 0);
  EXPECT_EQ(there.result, Kind::Failed);
  EXPECT_THAT(there.why, StartsWith("/proc/self: "));
  if (::getuid() == 0) GTEST_SKIP() << "root may write where its owner said no";
  const test::TemporaryDirectory directory;
  std::filesystem::permissions(directory.path(), std::filesystem::perms(0500));
  const auto below = check_directory(directory / "x", 0);
  EXPECT_EQ(below.why,
            (directory / "x").string() + " cannot be made: " + directory.path().string() + ": Permission denied");
}

}  // namespace
}  // namespace g2afs
