// SPDX-License-Identifier: MIT
#include "disk_io.hpp"

#include <cerrno>
#include <sys/random.h>
#include <system_error>
#include <unistd.h>

#include <fmt/format.h>

namespace g2afs {

Error disk_error(std::string_view doing, int error) {
  const Errc code = error == ENOENT || error == ENOTDIR || error == ESTALE ? Errc::NotFound
                    : error == EROFS                                       ? Errc::ReadOnly
                    : error == EACCES || error == EPERM                    ? Errc::Denied
                                                                           : Errc::Unavailable;
  return {code, fmt::format("{}: {}", doing, std::generic_category().message(error))};
}

ssize_t read_at(int fd, std::span<std::byte> into, std::uint64_t offset) {
  std::size_t done = 0;
  while (done < into.size()) {
    const ssize_t got = ::pread(fd, into.data() + done, into.size() - done, static_cast<off_t>(offset + done));
    if (got < 0 && errno == EINTR) continue;
    if (got < 0) return -1;
    if (got == 0) break;
    done += static_cast<std::size_t>(got);
  }
  return static_cast<ssize_t>(done);
}

bool write_at(int fd, std::span<const std::byte> bytes, std::uint64_t offset) {
  while (!bytes.empty()) {
    const ssize_t put = ::pwrite(fd, bytes.data(), bytes.size(), static_cast<off_t>(offset));
    if (put < 0 && errno == EINTR) continue;
    if (put < 0) return false;
    bytes = bytes.subspan(static_cast<std::size_t>(put));
    offset += static_cast<std::uint64_t>(put);
  }
  return true;
}

std::uint64_t random_number() {
  std::uint64_t number = 0;
  // Up to 256 bytes come whole; only early in a boot might it be interrupted.
  while (::getrandom(&number, sizeof number, 0) != sizeof number) {
  }
  return number;
}

}  // namespace g2afs
