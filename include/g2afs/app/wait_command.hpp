// SPDX-License-Identifier: MIT
// `g2afs wait PATH…`: returns when recordings in a mount are in a state. Called by main(), in a process that does
// nothing else; Ctrl-C ends it as it ends any process.
//
// It asks for each one's attribute again and again. The kernel keeps no extended attributes, so what the mount knows is
// what it sees.
#pragma once

#include <chrono>
#include <filesystem>
#include <functional>
#include <vector>

#include "g2afs/app/progress_line.hpp"
#include "g2afs/catalog/tree.hpp"

namespace g2afs {

struct WaitCommand {
  State state = State::Ready;
  std::vector<std::filesystem::path> paths{};
};

/// Returns after so much time.
using PauseFor = std::function<void(std::chrono::milliseconds)>;
void pause_for(std::chrono::milliseconds time);

/// The exit status: fine once every recording that was under the paths at the start is in the state, or has gone past
/// it (none goes back); failed once the others are and one has vanished; usage, at once, where a path is in no mount.
int run_wait(const WaitCommand& command, ProgressLine& line, const PauseFor& pause);

}  // namespace g2afs
