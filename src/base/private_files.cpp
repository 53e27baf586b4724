// SPDX-License-Identifier: MIT
#include "g2afs/base/private_files.hpp"

#include <cerrno>
#include <sys/stat.h>

namespace g2afs {

std::error_code make_private_directories(const std::filesystem::path& directory) {
  std::error_code error;
  if (directory.empty() || std::filesystem::is_directory(directory, error)) return {};
  if (directory.has_parent_path() && directory.parent_path() != directory) {
    if (const auto above = make_private_directories(directory.parent_path())) return above;
  }
  // Another process may have been faster.
  if (::mkdir(directory.c_str(), 0700) != 0 && errno != EEXIST) return {errno, std::generic_category()};
  return {};
}

}  // namespace g2afs
