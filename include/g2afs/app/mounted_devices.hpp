// SPDX-License-Identifier: MIT
// The devices of all g2afs mounts that this process sees, and of overlays on top of them, from the table of mounts. Any
// thread.
#pragma once

#include <filesystem>
#include <functional>
#include <istream>
#include <optional>
#include <set>
#include <sys/types.h>

namespace g2afs {

/// Of what lies at a path; nothing where there is nothing to be seen.
using DeviceOf = std::function<std::optional<dev_t>(const std::filesystem::path&)>;

/// `mountinfo`: as /proc/self/mountinfo (proc(5)). What is no line of it is passed over.
std::set<dev_t> g2afs_devices(std::istream& mountinfo, const DeviceOf& device_of);
std::set<dev_t> g2afs_devices();

}  // namespace g2afs
