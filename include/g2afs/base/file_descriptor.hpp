// SPDX-License-Identifier: MIT
// An open file descriptor: who closes it, and writing to it. Any thread.
#pragma once

#include <cerrno>
#include <cstddef>
#include <string_view>
#include <unistd.h>
#include <utility>

namespace g2afs {

class FileDescriptor {
 public:
  explicit FileDescriptor(int fd) : fd_(fd) {}
  FileDescriptor(const FileDescriptor&) = delete;
  FileDescriptor& operator=(const FileDescriptor&) = delete;
  ~FileDescriptor() {
    if (fd_ >= 0) ::close(fd_);
  }
  int get() const { return fd_; }
  bool ok() const { return fd_ >= 0; }
  /// False, with errno, where the last writes failed.
  bool close() { return ::close(std::exchange(fd_, -1)) == 0; }

  /// Whoever takes it closes it.
  int release() { return std::exchange(fd_, -1); }

 private:
  int fd_;
};

/// False, with errno, if not all of it could be written.
inline bool write_all(int fd, std::string_view text) {
  while (!text.empty()) {
    const ssize_t written = ::write(fd, text.data(), text.size());
    if (written < 0 && errno == EINTR) continue;
    if (written <= 0) return false;
    text.remove_prefix(static_cast<std::size_t>(written));
  }
  return true;
}

}  // namespace g2afs
