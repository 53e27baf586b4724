// SPDX-License-Identifier: MIT
// A file without a name that a test has written to, to see what was.
#pragma once

#include <cstdio>
#include <string>
#include <sys/mman.h>
#include <unistd.h>

namespace g2afs::test {

class OutputFile {
 public:
  OutputFile() : file_(fdopen(memfd_create("output", MFD_CLOEXEC), "w+")) {}
  OutputFile(const OutputFile&) = delete;
  OutputFile& operator=(const OutputFile&) = delete;
  ~OutputFile() { std::fclose(file_); }

  std::FILE* file() const { return file_; }
  int fd() const { return fileno(file_); }
  std::string text() const {
    std::fflush(file_);
    std::string text(static_cast<std::size_t>(lseek(fd(), 0, SEEK_END)), '\0');
    return pread(fd(), text.data(), text.size(), 0) < 0 ? "unreadable" : text;
  }

 private:
  std::FILE* file_;
};

}  // namespace g2afs::test
