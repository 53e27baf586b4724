// SPDX-License-Identifier: MIT
#include "g2afs/app/status_file.hpp"

#include <cerrno>
#include <fcntl.h>
#include <fstream>
#include <optional>
#include <unistd.h>

#include <fmt/format.h>

#include "g2afs/app/system_failure.hpp"
#include "g2afs/app/uninterrupted.hpp"
#include "g2afs/base/file_descriptor.hpp"
#include "g2afs/fuse/mount_table.hpp"

namespace g2afs {
namespace {

/// Of the mount that an open file is in.
std::optional<unsigned> mount_number(int fd) {
  std::ifstream info(fmt::format("/proc/self/fdinfo/{}", fd));
  for (std::string word; info >> word;) {
    unsigned number = 0;
    if (word == "mnt_id:" && info >> number) return number;
  }
  return std::nullopt;
}

std::optional<MountedHere> mount_of(int fd) {
  const auto number = mount_number(fd);
  auto mount = number ? MountTable::read().numbered(*number) : std::nullopt;
  if (mount && mount->type != "fuse.g2afs" && mount->type != "g2afs") mount.reset();
  return mount;
}

Result<std::string> read_all(int fd, const std::string& name) {
  std::string text;
  char piece[16 * 1024];
  for (;;) {
    const ssize_t got = uninterrupted([&] { return ::read(fd, piece, sizeof piece); });
    if (got < 0) return system_failure(errno, name);
    if (got == 0) return text;
    text.append(piece, static_cast<std::size_t>(got));
  }
}

}  // namespace

Result<std::string> read_status_file(const std::filesystem::path& path) {
  const std::string& name = path.native();
  const auto no_mount = [&] { return fail(Errc::Invalid, name + ": not a g2afs mount"); };
  // This reaches the root of a mount, but asks its daemon nothing.
  const FileDescriptor place(uninterrupted([&] { return ::open(name.c_str(), O_PATH | O_CLOEXEC); }));
  if (!place.ok()) return system_failure(errno, name);
  const auto mount = mount_of(place.get());
  if (mount && mount->root != "/")
    return fail(Errc::Invalid, name + ": only a part of a g2afs mount is to be seen there");

  const auto file = (mount ? std::filesystem::path(mount->point) : path) / ".g2afs" / "status.json";
  const FileDescriptor opened(uninterrupted([&] { return ::open(file.c_str(), O_RDONLY | O_CLOEXEC); }));
  const int error = opened.ok() ? 0 : errno;
  switch (error) {
    case 0: return read_all(opened.get(), name);
    case ENOENT:
    case ENOTDIR: return no_mount();
    case ENOTCONN:
    case ECONNABORTED:
      if (!mount) break;
      return fail(Errc::Internal,
                  fmt::format("{}: its daemon has died: fusermount3 -u {}, then mount again", name, mount->point));
    case EACCES:
      if (!mount) break;
      return fail(Errc::Denied,
                  name + ": only the user who mounted it may look there (the option allow_other lets others)");
    default: break;
  }
  return system_failure(error, name);
}

}  // namespace g2afs
