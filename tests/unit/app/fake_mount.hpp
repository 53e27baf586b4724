// SPDX-License-Identifier: MIT
// A directory that looks like a mount to the commands that work on one: the marker in its root, recordings with the
// attributes they ask for. It needs a file system that takes user.* attributes (ext4, btrfs, xfs; tmpfs of a kernel of
// 6.6 or later), and fails where there is none.
#pragma once

#include <filesystem>
#include <map>
#include <set>
#include <string>
#include <string_view>
#include <sys/stat.h>
#include <sys/xattr.h>

#include "fakes/temporary_directory.hpp"

#include "g2afs/app/mounted_path.hpp"

namespace g2afs::test {

class FakeMount {
 public:
  FakeMount() {
    std::filesystem::create_directories(root() / ".g2afs");
    write_file(root() / ".g2afs" / "status.json", "{}");
  }

  /// Without symbolic links, as the commands give paths.
  std::filesystem::path root() const { return std::filesystem::canonical(directory_.path()) / "mnt"; }
  std::filesystem::path operator/(std::string_view below) const { return root() / below; }

  /// For copies: outside the mount.
  std::filesystem::path beside(std::string_view name) const { return root().parent_path() / name; }

  MountedPath path(std::string_view below) const { return {root(), below, device()}; }
  dev_t device() const {
    struct stat entry {};
    if (stat(root().c_str(), &entry) != 0) throw std::runtime_error("stat failed");
    return entry.st_dev;
  }

  /// `files`: name to content.
  void add(std::string_view below, std::string_view state, const std::map<std::string, std::string>& files = {},
           std::string_view archived = "0") const {
    const auto recording = root() / below;
    std::filesystem::create_directories(recording);
    for (const auto& [name, content] : files) write_file(recording / name, content);
    set(below, "state", state);
    set(below, "archived", archived);
  }
  void set(std::string_view below, std::string_view name, std::string_view value) const {
    const auto attribute = "user.g2afs." + std::string(name);
    if (setxattr((root() / below).c_str(), attribute.c_str(), value.data(), value.size(), 0) != 0) {
      throw std::runtime_error("no user.* attributes in " + root().native() +
                               ": set TMPDIR to a file system with them");
    }
  }
  std::string get(std::string_view below, std::string_view name) const {
    const auto attribute = "user.g2afs." + std::string(name);
    char value[64];
    const ssize_t size = getxattr((root() / below).c_str(), attribute.c_str(), value, sizeof value);
    return size < 0 ? "none" : std::string(value, static_cast<std::size_t>(size));
  }

  /// As `cp -a` does.
  static void copy(const std::filesystem::path& from, const std::filesystem::path& to) {
    std::filesystem::create_directories(to.parent_path());
    std::filesystem::copy(from, to, std::filesystem::copy_options::recursive);
  }

 private:
  TemporaryDirectory directory_;
};

}  // namespace g2afs::test
