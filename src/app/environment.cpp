// SPDX-License-Identifier: MIT
#include "g2afs/app/environment.hpp"

#include <cstdlib>
#include <cstring>
#include <string.h>  // explicit_bzero, which the C++ headers do not declare
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

/// The variable's value, which from then on is neither in the environment nor where others look for that, in
/// /proc/<pid>/environ.
Secret taken_away(const char* name) {
  char* const value = std::getenv(name);
  if (value == nullptr) return {};
  Secret secret{std::string(value)};
  ::explicit_bzero(value, std::strlen(value));
  ::unsetenv(name);
  return secret;
}

}  // namespace

Environment Environment::of_process() {
  std::error_code ignored;  // a directory that is gone: relative paths stay so, and opening them says why
  return {.access_token = taken_away("G2AFS_ACCESS_TOKEN"),
          .home = directory("HOME"),
          .xdg_state_home = directory("XDG_STATE_HOME"),
          .xdg_cache_home = directory("XDG_CACHE_HOME"),
          .working_directory = std::filesystem::current_path(ignored),
          .uid = ::getuid(),
          .gid = ::getgid()};
}

}  // namespace g2afs
