// SPDX-License-Identifier: MIT
// An open file descriptor and who closes it. Any thread.
#pragma once

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

}  // namespace g2afs
