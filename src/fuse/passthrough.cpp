// SPDX-License-Identifier: MIT
#include "g2afs/fuse/passthrough.hpp"

#include <cerrno>
#include <cstdint>
#include <linux/capability.h>
#include <linux/fuse.h>
#include <sys/ioctl.h>
#include <sys/syscall.h>
#include <unistd.h>

namespace g2afs {

// Both have to know it: libfuse, and the kernel's headers.
#if defined(FUSE_CAP_PASSTHROUGH) && defined(FUSE_DEV_IOC_BACKING_OPEN)

namespace {

/// The kernel asks for it by each file, and asks the host's: it may still refuse a container's root.
bool may_pass_through() {
  __user_cap_header_struct header{_LINUX_CAPABILITY_VERSION_3, 0};
  __user_cap_data_struct data[_LINUX_CAPABILITY_U32S_3]{};
  if (::syscall(SYS_capget, &header, data) != 0) return false;
  return (data[CAP_TO_INDEX(CAP_SYS_ADMIN)].effective & CAP_TO_MASK(CAP_SYS_ADMIN)) != 0;
}

}  // namespace

std::string_view want_passthrough(fuse_conn_info& connection) {
  if ((connection.capable & FUSE_CAP_PASSTHROUGH) == 0) return "the kernel has none";
  if (!may_pass_through()) return "only root may";
  connection.want |= FUSE_CAP_PASSTHROUGH;
  // Backing files must not lie on a stacked file system; in return one may be stacked on ours, an overlay for instance.
  connection.max_backing_stack_depth = FUSE_BACKING_STACKED_UNDER;
  return {};
}

int open_backing_file(int device, int file) {
  fuse_backing_map map{};
  map.fd = file;
  const int id = ::ioctl(device, FUSE_DEV_IOC_BACKING_OPEN, &map);
  if (id > 0) return id;
  return id < 0 ? -errno : -EIO;
}

void close_backing_file(int device, int backing_id) {
  auto id = static_cast<std::uint32_t>(backing_id);
  ::ioctl(device, FUSE_DEV_IOC_BACKING_CLOSE, &id);
}

void pass_through(fuse_file_info& reply, int backing_id) {
  reply.backing_id = backing_id;
  reply.keep_cache = false;
}

#else

std::string_view want_passthrough(fuse_conn_info&) { return "built with a libfuse older than 3.17"; }
int open_backing_file(int, int) { return -EOPNOTSUPP; }
void close_backing_file(int, int) {}
void pass_through(fuse_file_info&, int) {}

#endif

}  // namespace g2afs
