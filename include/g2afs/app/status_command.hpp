// SPDX-License-Identifier: MIT
// `g2afs status MOUNTPOINT`: what a running mount is doing. Called by main(), in a process that does nothing else; Ctrl-C
// ends it as it ends any process.
//
// A mount that hangs must not hang who looks what is wrong with it, so a child process reads (child_answer.hpp).
#pragma once

#include <filesystem>

namespace g2afs {

struct StatusCommand {
  std::filesystem::path mountpoint{};
  bool json = false;
  bool watch = false;
};

/// Writes to `out`, and what is wrong, in one line, to stderr. The exit status: fine when the mount answers; with `watch`,
/// when it answered at first and was unmounted since.
int run_status(const StatusCommand& command, int out);

}  // namespace g2afs
