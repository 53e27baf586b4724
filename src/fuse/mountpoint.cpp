// SPDX-License-Identifier: MIT
#include "g2afs/fuse/mountpoint.hpp"

#include <cerrno>
#include <filesystem>
#include <spawn.h>
#include <sys/mount.h>
#include <sys/statvfs.h>
#include <sys/wait.h>
#include <system_error>
#include <unistd.h>

namespace g2afs {
namespace {

/// statvfs and not stat, which the kernel may answer from what it remembers. A process that is being killed takes a moment to
/// die: what it was asked meanwhile ends with ECONNABORTED.
bool dead_mount(const std::string& path) {
  struct statvfs ignored {};
  return ::statvfs(path.c_str(), &ignored) != 0 && (errno == ENOTCONN || errno == ECONNABORTED);
}

void detach(const std::string& path) {
  if (::umount2(path.c_str(), MNT_DETACH) == 0) return;
  // Not root: fusermount3 may do it for the owner of the mount.
  std::string arguments[] = {"fusermount3", "-u", "-z", "-q", "--", path};
  char* argv[std::size(arguments) + 1] = {};
  for (std::size_t i = 0; i < std::size(arguments); ++i) argv[i] = arguments[i].data();
  pid_t child = 0;
  if (::posix_spawnp(&child, argv[0], nullptr, nullptr, argv, environ) == 0) ::waitpid(child, nullptr, 0);
}

}  // namespace

Result<std::string> prepare_mountpoint(const std::string& given) {
  if (dead_mount(given)) detach(given);
  std::error_code error;
  const auto path = std::filesystem::canonical(given, error);
  const bool directory = !error && std::filesystem::is_directory(path, error);
  if (error) return fail(Errc::Unavailable, given + ": " + error.message());
  if (!directory) return fail(Errc::NotDirectory, given + ": not a directory");
  return path.string();
}

}  // namespace g2afs
