// SPDX-License-Identifier: MIT
#include "g2afs/app/mounted_devices.hpp"

#include <map>
#include <sstream>
#include <sys/sysmacros.h>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace g2afs {
namespace {

using testing::UnorderedElementsAre;

const DeviceOf kNothingThere = [](const std::filesystem::path&) { return std::nullopt; };

TEST(MountedDevices, AreThoseOfG2afs) {
  std::istringstream mountinfo(
      "22 1 254:0 / / rw,relatime shared:1 - ext4 /dev/vda rw\n"
      "36 22 0:58 / /srv/rec rw,nosuid shared:5 master:2 - fuse.g2afs /etc/acme.json rw,user_id=0\n"
      "37 22 0:58 /2016 /srv/of\\0402016 rw - fuse.g2afs /etc/acme.json rw\n"
      "38 22 0:301 / /mnt rw - g2afs beta rw\n"
      "39 22 0:60 / /fuse.g2afs rw - fuse.sshfs fuse.g2afs rw\n");
  EXPECT_THAT(g2afs_devices(mountinfo, kNothingThere), UnorderedElementsAre(makedev(0, 58), makedev(0, 301)));
}

TEST(MountedDevices, AreThoseOfOverlaysOnTopOfThem) {
  std::istringstream mountinfo(
      "36 22 0:58 / /srv/rec rw - fuse.g2afs acme rw\n"
      "40 22 0:70 / /one rw - overlay overlay ro,lowerdir=/plain:/srv/rec\n"
      "41 22 0:71 / /two rw - overlay overlay rw,lowerdir=/srv/a\\040b\\134:c,upperdir=/u,workdir=/w\n"
      "42 22 0:72 / /three rw - overlay overlay ro,lowerdir+=/plain,lowerdir+=/one\n"
      "43 22 0:73 / /four rw - overlay overlay ro,lowerdir=/plain::/gone:rec\n"
      "44 22 0:74 / /five rw - ext4 /srv/rec rw,lowerdir=/srv/rec\n"
      "45 22 0:75 / /six rw - overlay overlay\n");
  const std::map<std::filesystem::path, dev_t> there{{"/plain", makedev(254, 0)},
                                                     {"/srv/rec", makedev(0, 58)},
                                                     {"/srv/a b:c", makedev(0, 58)},
                                                     {"/one", makedev(0, 70)},
                                                     {"rec", makedev(0, 58)}};
  const DeviceOf device_of = [&](const std::filesystem::path& path) {
    const auto found = there.find(path);
    return found == there.end() ? std::nullopt : std::optional(found->second);
  };
  EXPECT_THAT(g2afs_devices(mountinfo, device_of),
              UnorderedElementsAre(makedev(0, 58), makedev(0, 70), makedev(0, 71), makedev(0, 72)));
}

TEST(MountedDevices, PassOverWhatIsNoLine) {
  std::istringstream mountinfo("\nnonsense\n36 22 0:58 / /srv rw -\n36 22 0 / /srv rw - fuse.g2afs x rw\n");
  EXPECT_TRUE(g2afs_devices(mountinfo, kNothingThere).empty());
}

}  // namespace
}  // namespace g2afs
