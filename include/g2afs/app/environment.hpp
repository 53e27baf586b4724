// SPDX-License-Identifier: MIT
// What the configuration takes from the process around it. Any thread (a value type).
//
// Taken once, at the start: a daemon that has left its directory reads its configuration again with the same
// one.
#pragma once

#include <filesystem>
#include <string>
#include <sys/types.h>

#include "g2afs/base/secret.hpp"

namespace g2afs {

struct Environment {
  Secret access_token;  // G2AFS_ACCESS_TOKEN; empty: not set
  // Directories as the XDG Base Directory Specification means them; empty: not set, or not absolute.
  std::string home, xdg_state_home, xdg_cache_home;
  std::filesystem::path working_directory;
  uid_t uid = 0;  // the mounting user
  gid_t gid = 0;

  /// The calling process's own; the access token is taken out of it, and not passed on to a child or shown by `ps e`.
  /// Before other threads start: getenv is not safe against a setenv elsewhere.
  static Environment of_process();
};

}  // namespace g2afs
