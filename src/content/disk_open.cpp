// SPDX-License-Identifier: MIT
#include "disk_open.hpp"

#include <cerrno>
#include <fcntl.h>
#include <sys/stat.h>

#include "disk_io.hpp"
#include "disk_services.hpp"

namespace g2afs {
namespace {

struct Opened {
  int fd = -1;
  bool writable = true;
  int error = 0;
};

/// For reading and writing, or where that is not allowed for reading. Anything but a plain file is not there.
Opened open_file(const std::filesystem::path& path) {
  constexpr int kFlags = O_CLOEXEC | O_NOFOLLOW | O_NOCTTY | O_NONBLOCK;
  Opened opened{::open(path.c_str(), O_RDWR | kFlags)};
  if (opened.fd < 0 && (errno == EROFS || errno == EACCES || errno == EPERM)) {
    opened = {::open(path.c_str(), O_RDONLY | kFlags), false};
  }
  if (opened.fd < 0) opened.error = errno == ELOOP || errno == EISDIR || errno == ENXIO ? ENOENT : errno;
  struct stat status {};
  if (opened.fd >= 0 && (::fstat(opened.fd, &status) != 0 || !S_ISREG(status.st_mode))) {
    ::close(opened.fd);
    opened = {-1, false, ENOENT};
  }
  return opened;
}

}  // namespace

Result<std::shared_ptr<DiskFile>> open_disk_file(std::shared_ptr<DiskServices> services,
                                                 const std::filesystem::path& shard, FileKey file) {
  const Opened map = open_file(shard / disk_map_name(file));
  if (map.fd < 0) return fail(disk_error("cannot open a map", map.error));
  FileDescriptor guard(map.fd);
  const auto header = read_header(map.fd);
  if (!header || header->key.file != file) return fail(Errc::NotFound, "its map is damaged");
  if (auto open = services->find_open(file); open && open->generation() == header->generation) return open;
  Opened data;
  if (!DiskLayout{header->key.size}.in_one_file()) {
    data = open_file(shard / disk_data_name(file, header->generation));
    if (data.fd < 0) return fail(disk_error("cannot open a cached file", data.error));
  }
  const bool writable = map.writable && data.writable;
  auto opened = std::make_shared<DiskFile>(std::move(services), *header, guard.release(), data.fd, writable);
  if (auto read = opened->refresh(); !read) return fail(std::move(read).error());
  return opened;
}

}  // namespace g2afs
