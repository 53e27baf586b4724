// SPDX-License-Identifier: MIT
#include "g2afs/app/mounted_devices.hpp"

#include <fstream>
#include <sstream>
#include <string>
#include <sys/sysmacros.h>

namespace g2afs {

std::set<dev_t> g2afs_devices(std::istream& mountinfo) {
  std::set<dev_t> devices;
  for (std::string line; std::getline(mountinfo, line);) {
    // 36 35 0:58 / /mnt rw,noatime shared:1 - fuse.g2afs /etc/acme.json rw: after the lone dash, the type.
    std::istringstream fields(line);
    std::string id, parent, word, type;
    unsigned major = 0, minor = 0;
    char colon = 0;
    if (!(fields >> id >> parent >> major >> colon >> minor) || colon != ':') continue;
    while (fields >> word && word != "-") {
    }
    if (fields >> type && (type == "fuse.g2afs" || type == "g2afs")) devices.insert(makedev(major, minor));
  }
  return devices;
}

std::set<dev_t> g2afs_devices() {
  std::ifstream mountinfo("/proc/self/mountinfo");
  return g2afs_devices(mountinfo);
}

}  // namespace g2afs
