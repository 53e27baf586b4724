// SPDX-License-Identifier: MIT
// What of this machine `g2afs check` looks at: FUSE and directories. Any thread; it blocks on the disk.
#pragma once

#include <cstdint>
#include <filesystem>
#include <string>
#include <sys/types.h>
#include <vector>

#include "g2afs/app/checklist.hpp"

namespace g2afs {

/// Where FUSE is on a machine; the defaults are the real ones.
struct FuseSetup {
  std::filesystem::path device = "/dev/fuse";
  std::filesystem::path config = "/etc/fuse.conf";
  std::string search_path = "/usr/bin:/bin";  // for fusermount3
  uid_t uid = 0;
  bool may_mount = true;  // false in a container that has given CAP_SYS_ADMIN away, for setuid programs as well

  static FuseSetup of_process();
};

/// Whether the user can mount with these options.
Finding check_fuse(const FuseSetup& setup, const std::vector<std::string>& options);

/// Whether a mount could write there, whether or not the directory is there yet, and how much is free. Nothing is left
/// behind. `wanted`: bytes that it may come to hold; less than that is fine as long as there is enough to begin with.
Finding check_directory(const std::filesystem::path& directory, std::uint64_t wanted);

}  // namespace g2afs
