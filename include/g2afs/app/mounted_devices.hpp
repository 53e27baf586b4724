// SPDX-License-Identifier: MIT
// The devices of all g2afs mounts that this process sees, from the table of mounts. Any thread.
#pragma once

#include <istream>
#include <set>
#include <sys/types.h>

namespace g2afs {

/// `mountinfo`: as /proc/self/mountinfo (proc(5)). What is no line of it is passed over.
std::set<dev_t> g2afs_devices(std::istream& mountinfo);
std::set<dev_t> g2afs_devices();

}  // namespace g2afs
