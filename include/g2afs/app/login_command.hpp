// SPDX-License-Identifier: MIT
// `g2afs login CONFIG`: a login (login.hpp) on the terminal. Called by main(), in a process that does nothing else.
#pragma once

#include <cstdint>
#include <cstdio>
#include <string>

#include "g2afs/app/config.hpp"
#include "g2afs/app/mount_options.hpp"
#include "g2afs/base/error.hpp"

namespace g2afs {

struct LoginCommand {
  std::string config;  // a path
  MountOptions options;
  bool browser = true;  // its answer is waited for; else a line that is pasted
  std::uint16_t port = 0;
};

/// Says on `out` where to log in and what came of it; what is pasted comes from `in`. Denied: the client, the code or the
/// access was refused; any other error: it failed. An interrupt is one, too, and leaves everything as it was.
Result<void> run_login(const LoginCommand& command, const Config& config, int in, std::FILE* out);

}  // namespace g2afs
