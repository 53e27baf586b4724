// SPDX-License-Identifier: MIT
#include "g2afs/app/browser.hpp"

#include <csignal>
#include <cstdlib>
#include <fcntl.h>
#include <spawn.h>
#include <unistd.h>

namespace g2afs {
namespace {

bool has_display() {
  for (const char* name : {"DISPLAY", "WAYLAND_DISPLAY"}) {
    if (const char* value = std::getenv(name); value != nullptr && *value != '\0') return true;
  }
  return false;
}

}  // namespace

bool open_in_browser(const std::string& url) {
  if (!has_display()) return false;
  posix_spawnattr_t how;
  posix_spawn_file_actions_t files;
  if (::posix_spawnattr_init(&how) != 0) return false;
  if (::posix_spawn_file_actions_init(&files) != 0) return false;
  // A session of its own: xdg-open may become the browser, which a Ctrl-C for the login is not meant for.
  sigset_t none, all;
  sigemptyset(&none);
  sigfillset(&all);
  ::posix_spawnattr_setflags(&how, POSIX_SPAWN_SETSID | POSIX_SPAWN_SETSIGMASK | POSIX_SPAWN_SETSIGDEF);
  ::posix_spawnattr_setsigmask(&how, &none);
  ::posix_spawnattr_setsigdefault(&how, &all);
  ::posix_spawn_file_actions_addopen(&files, STDIN_FILENO, "/dev/null", O_RDONLY, 0);
  ::posix_spawn_file_actions_addopen(&files, STDOUT_FILENO, "/dev/null", O_WRONLY, 0);
  ::posix_spawn_file_actions_addopen(&files, STDERR_FILENO, "/dev/null", O_WRONLY, 0);

  std::string program = "xdg-open", page = url;
  char* argv[] = {program.data(), page.data(), nullptr};
  pid_t child = 0;
  const bool started = ::posix_spawnp(&child, argv[0], &files, &how, argv, environ) == 0;
  ::posix_spawn_file_actions_destroy(&files);
  ::posix_spawnattr_destroy(&how);
  return started;
}

}  // namespace g2afs
