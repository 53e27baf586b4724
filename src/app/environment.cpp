// SPDX-License-Identifier: MIT
#include "g2afs/app/environment.hpp"

#include <cstdlib>
#include <system_error>
#include <unistd.h>

namespace g2afs {
namespace {

std::string variable(const char* name) {
  const char* value = std::getenv(name);
  return value == nullptr ? std::string() : std::string(value);
}

std::string directory(const char* name) {
  std::string path = variable(name);
  return path.starts_with('/') ? path : std::string();
}

}  // namespace

Environment Environment::of_process() {
  std::error_code ignored;  // a directory that is gone: relative paths stay so, and opening them says why
  return {.access_token = Secret(variable("G2AFS_ACCESS_TOKEN")),
          .home = directory("HOME"),
          .xdg_state_home = directory("XDG_STATE_HOME"),
          .xdg_cache_home = directory("XDG_CACHE_HOME"),
          .working_directory = std::filesystem::current_path(ignored),
          .uid = ::getuid(),
          .gid = ::getgid()};
}

}  // namespace g2afs
