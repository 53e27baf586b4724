// SPDX-License-Identifier: MIT
// `g2afs check CONFIG`: whether a mount would work, and if not, why. Called by main(), in a process that does nothing else;
// Ctrl-C ends it as it ends any process.
//
// It writes nothing but what a token refresh writes. What may block for good, on a disk that hangs, is left behind.
#pragma once

#include <cstdio>
#include <string>

#include "g2afs/app/environment.hpp"
#include "g2afs/app/mount_options.hpp"
#include "g2afs/app/system_checks.hpp"

namespace g2afs {

struct CheckCommand {
  std::string config;  // a path, or "-"
  MountOptions options;
  bool json = false;
};

/// Writes the steps to `out`, as they are taken or all at once in JSON, and returns the exit status. Where a step hangs in
/// a system call it ends the process itself, with that status.
int run_check(const CheckCommand& command, const Environment& environment, const FuseSetup& fuse, std::FILE* out);

}  // namespace g2afs
