// SPDX-License-Identifier: MIT
#include "g2afs/app/mounted_devices.hpp"

#include <sstream>
#include <sys/sysmacros.h>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace g2afs {
namespace {

using testing::UnorderedElementsAre;

TEST(MountedDevices, AreThoseOfG2afs) {
  std::istringstream mountinfo(
      "22 1 254:0 / / rw,relatime shared:1 - ext4 /dev/vda rw\n"
      "36 22 0:58 / /srv/rec rw,nosuid shared:5 master:2 - fuse.g2afs /etc/acme.json rw,user_id=0\n"
      "37 22 0:58 /2016 /srv/of\\0402016 rw - fuse.g2afs /etc/acme.json rw\n"
      "38 22 0:301 / /mnt rw - g2afs beta rw\n"
      "39 22 0:60 / /fuse.g2afs rw - fuse.sshfs fuse.g2afs rw\n");
  EXPECT_THAT(g2afs_devices(mountinfo), UnorderedElementsAre(makedev(0, 58), makedev(0, 301)));
}

TEST(MountedDevices, PassOverWhatIsNoLine) {
  std::istringstream mountinfo("\nnonsense\n36 22 0:58 / /srv rw -\n36 22 0 / /srv rw - fuse.g2afs x rw\n");
  EXPECT_TRUE(g2afs_devices(mountinfo).empty());
}

}  // namespace
}  // namespace g2afs
