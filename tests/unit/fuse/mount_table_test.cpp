// SPDX-License-Identifier: MIT
#include "g2afs/fuse/mount_table.hpp"

#include <gtest/gtest.h>

namespace g2afs {
namespace {

const MountTable kTable(
    "22 27 0:20 / /proc rw,relatime shared:5 - proc proc rw\n"
    "42 27 0:39 / /mnt/rec rw,nosuid,nodev,relatime - fuse.g2afs g2afs rw,user_id=0\n"
    "43 27 0:40 / /mnt/my\\040rec rw - fuse.g2afs g2afs rw\n"
    "44 42 0:41 / /mnt/rec rw - tmpfs tmpfs rw\n"
    "45 27 nonsense\n");

TEST(MountTable, FindsWhatIsMountedAtAPath) { EXPECT_EQ(kTable.at("/proc"), (DeviceNumber{0, 20})); }
TEST(MountTable, TheTopmostOfSeveralCounts) { EXPECT_EQ(kTable.at("/mnt/rec"), (DeviceNumber{0, 41})); }
TEST(MountTable, ReadsEscapedNames) { EXPECT_EQ(kTable.at("/mnt/my rec"), (DeviceNumber{0, 40})); }
TEST(MountTable, OtherPathsAreNoMounts) {
  EXPECT_EQ(kTable.at("/mnt"), std::nullopt);
  EXPECT_EQ(kTable.at(""), std::nullopt);
  EXPECT_EQ(MountTable("").at("/"), std::nullopt);
}
TEST(MountTable, KnowsWhetherADeviceIsMountedAnywhere) {
  EXPECT_TRUE(kTable.mounted({0, 39})) << "covered by another, but there";
  EXPECT_FALSE(kTable.mounted({0, 38}));
}
TEST(MountTable, KnowsWhatIsMountedByItsNumber) {
  const auto mount = kTable.numbered(43);
  ASSERT_TRUE(mount);
  EXPECT_EQ(mount->point, "/mnt/my rec");
  EXPECT_EQ(mount->root, "/");
  EXPECT_EQ(mount->type, "fuse.g2afs");
  EXPECT_EQ(kTable.numbered(22)->type, "proc") << "after optional fields";
  EXPECT_EQ(MountTable("50 27 0:39 /2016 /mnt/part rw - fuse.g2afs g2afs rw\n").numbered(50)->root, "/2016");
  EXPECT_FALSE(kTable.numbered(4));
  EXPECT_FALSE(kTable.numbered(45)) << "no device";
}
TEST(MountTable, ReadsTheKernels) {
  EXPECT_TRUE(MountTable::read().at("/proc"));
  EXPECT_EQ(to_string(DeviceNumber{0, 52}), "0:52");
}

}  // namespace
}  // namespace g2afs
