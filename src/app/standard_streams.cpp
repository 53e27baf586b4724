// SPDX-License-Identifier: MIT
#include "g2afs/app/standard_streams.hpp"

#include <cstdio>
#include <fcntl.h>
#include <unistd.h>

#include <fmt/format.h>

#include "g2afs/app/exit_status.hpp"
#include "g2afs/app/terminal.hpp"
#include "g2afs/base/file_descriptor.hpp"

namespace g2afs {

void keep_standard_streams() {
  for (const int fd : {STDIN_FILENO, STDOUT_FILENO, STDERR_FILENO}) {
    if (::fcntl(fd, F_GETFD) < 0 && ::open("/dev/null", O_RDWR) != fd) return;
  }
}

int report(int status, std::string_view line) {
  write_all(STDERR_FILENO, fmt::format("g2afs: {}\n", line));
  return status;
}

int report_unwritten() { return report(kFailed, "standard output: not all of it could be written"); }

int with_output_written(int status) {
  const bool written = std::fflush(stdout) == 0 && std::ferror(stdout) == 0;
  return written || status != kFine ? status : report_unwritten();
}

}  // namespace g2afs
