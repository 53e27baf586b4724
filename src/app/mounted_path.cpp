// SPDX-License-Identifier: MIT
#include "g2afs/app/mounted_path.hpp"

#include <cerrno>
#include <sys/stat.h>
#include <system_error>

#include <fmt/format.h>

#include "g2afs/app/system_failure.hpp"
#include "g2afs/app/uninterrupted.hpp"

namespace g2afs {
namespace {

bool is_root(const std::filesystem::path& directory) {
  struct stat entry {};
  const auto marker = directory / ".g2afs" / "status.json";
  return uninterrupted([&] { return stat(marker.c_str(), &entry); }) == 0;
}

}  // namespace

Result<MountedPath> find_in_mount(const std::filesystem::path& path) {
  std::error_code error;
  auto real = std::filesystem::canonical(path, error);
  while (error == std::errc::interrupted) real = std::filesystem::canonical(path, error);
  if (error) return system_failure(error.value(), path.native());
  struct stat entry {};
  if (uninterrupted([&] { return stat(real.c_str(), &entry); }) != 0) return system_failure(errno, path.native());
  const dev_t device = entry.st_dev;

  for (auto directory = real;; directory = directory.parent_path()) {
    // Above the mount is another file system; a mount within the mount is no part of it.
    if (uninterrupted([&] { return stat(directory.c_str(), &entry); }) != 0 || entry.st_dev != device) break;
    if (is_root(directory)) {
      auto below = real == directory ? std::filesystem::path() : real.lexically_relative(directory);
      return MountedPath{directory, std::move(below), device};
    }
    if (directory == directory.root_path()) break;
  }
  return fail(Errc::Invalid, fmt::format("{}: not in a g2afs mount", path.native()));
}

}  // namespace g2afs
