// SPDX-License-Identifier: MIT
#include "g2afs/app/system_checks.hpp"

#include <algorithm>
#include <cerrno>
#include <cstdlib>
#include <fcntl.h>
#include <fstream>
#include <linux/capability.h>
#include <optional>
#include <sys/prctl.h>
#include <sys/stat.h>
#include <sys/statvfs.h>
#include <system_error>
#include <unistd.h>

#include <fmt/format.h>

#include "g2afs/app/cache_command.hpp"
#include "g2afs/base/file_descriptor.hpp"

namespace g2afs {
namespace {

namespace stdfs = std::filesystem;

constexpr std::uint64_t kLeastFree = 64 << 20;  // bytes: a catalogue of a million recordings, or a minute of a video

std::string message(int error) { return std::generic_category().message(error); }

Finding failure(std::string why, std::string remedy = {}) {
  return failed({Errc::Unavailable, std::move(why)}, std::move(remedy));
}

std::optional<stdfs::path> find_program(std::string_view search_path, const char* name) {
  while (!search_path.empty()) {
    const auto colon = std::min(search_path.find(':'), search_path.size());
    const stdfs::path file = stdfs::path(search_path.substr(0, colon)) / name;
    if (::access(file.c_str(), X_OK) == 0) return file;
    search_path.remove_prefix(std::min(colon + 1, search_path.size()));
  }
  return std::nullopt;
}

bool asked_for(const std::vector<std::string>& options, std::string_view name) {
  return std::find(options.begin(), options.end(), name) != options.end();
}

bool allows_others(const stdfs::path& fuse_config) {
  std::ifstream in(fuse_config);
  for (std::string line; std::getline(in, line);) {
    const auto first = line.find_first_not_of(" \t");
    if (first == std::string::npos) continue;
    if (line.substr(first, line.find_last_not_of(" \t\r") - first + 1) == "user_allow_other") return true;
  }
  return false;
}

std::optional<Finding> device_failure(const stdfs::path& device) {
  const FileDescriptor opened(::open(device.c_str(), O_RDWR | O_CLOEXEC));
  if (opened.ok()) return std::nullopt;
  const int error = errno;
  const bool absent = error == ENOENT || error == ENODEV || error == ENXIO;
  return failure(fmt::format("{}: {}", device.string(), message(error)),
                 absent ? "modprobe fuse; in a container, give it the device"
                        : "the system, or the container, must let you use the device");
}

std::optional<Finding> helper_failure(const FuseSetup& setup) {
  const auto helper = find_program(setup.search_path, "fusermount3");
  if (!helper) return failure("there is no fusermount3", "install the package fuse3");
  if (setup.uid == 0) return std::nullopt;
  struct stat status {};
  const bool works = ::stat(helper->c_str(), &status) == 0 && (status.st_mode & S_ISUID) != 0 && status.st_uid == 0;
  if (works) return std::nullopt;
  return failure(fmt::format("{} is not setuid root, and only root can mount without it", helper->string()),
                 "reinstall the package fuse3");
}

}  // namespace

FuseSetup FuseSetup::of_process() {
  FuseSetup setup;
  if (const char* path = std::getenv("PATH"); path != nullptr) setup.search_path = path + (":" + setup.search_path);
  setup.uid = ::getuid();
  setup.may_mount = ::prctl(PR_CAPBSET_READ, CAP_SYS_ADMIN) != 0;
  return setup;
}

Finding check_fuse(const FuseSetup& setup, const std::vector<std::string>& options) {
  if (auto failure = device_failure(setup.device)) return *std::move(failure);
  if (!setup.may_mount) {
    return failure("nothing in this container may mount", "give it CAP_SYS_ADMIN, or mount outside of it");
  }
  // Root mounts by itself.
  if (setup.uid != 0 || asked_for(options, "auto_unmount")) {
    if (auto failure = helper_failure(setup)) return *std::move(failure);
  }
  for (const char* option : {"allow_other", "allow_root"}) {
    if (setup.uid == 0 || !asked_for(options, option) || allows_others(setup.config)) continue;
    return failure(fmt::format("{}: only root may, as {} has no user_allow_other", option, setup.config.string()),
                   fmt::format("as root: echo user_allow_other >> {}", setup.config.string()));
  }
  return found(setup.device.string());
}

Finding check_directory(const stdfs::path& directory, std::uint64_t wanted) {
  // What is there of the path: what is missing a mount would make.
  stdfs::path there = directory;
  struct stat status {};
  while (::stat(there.c_str(), &status) != 0) {
    const int error = errno;
    if (error != ENOENT || there == there.parent_path()) {
      return failure(fmt::format("{}: {}", directory.string(), message(error)));
    }
    there = there.parent_path();
  }
  if (!S_ISDIR(status.st_mode)) return failure(fmt::format("{}: {}", directory.string(), message(ENOTDIR)));
  if (::faccessat(AT_FDCWD, there.c_str(), W_OK | X_OK, AT_EACCESS) != 0) {
    const std::string why = message(errno);
    return failure(there == directory
                       ? fmt::format("{}: {}", directory.string(), why)
                       : fmt::format("{} cannot be made: {}: {}", directory.string(), there.string(), why));
  }
  if (there == directory) {
    std::string probe = (directory / "check.XXXXXX").string();
    const FileDescriptor file(::mkostemp(probe.data(), O_CLOEXEC));
    if (!file.ok()) return failure(fmt::format("{}: {}", directory.string(), message(errno)));
    ::unlink(probe.c_str());
  }

  struct statvfs space {};
  if (::statvfs(there.c_str(), &space) != 0) return failure(fmt::format("{}: {}", there.string(), message(errno)));
  const std::uint64_t free = std::uint64_t{space.f_bavail} * space.f_frsize;
  const std::string left = fmt::format("{}: {} free", directory.string(), readable_size(free));
  if (free < kLeastFree) return failure(left, "make room, or give another directory");
  return found(free < wanted ? fmt::format("{}, less than {}", left, readable_size(wanted)) : left);
}

}  // namespace g2afs
