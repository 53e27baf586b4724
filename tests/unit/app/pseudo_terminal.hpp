// SPDX-License-Identifier: MIT
// A terminal of a certain size, and what was written to it.
#pragma once

#include <cstdlib>
#include <fcntl.h>
#include <stdexcept>
#include <string>
#include <sys/ioctl.h>
#include <termios.h>
#include <unistd.h>

#include "g2afs/base/file_descriptor.hpp"

namespace g2afs::test {

class PseudoTerminal {
 public:
  explicit PseudoTerminal(unsigned short columns, unsigned short rows = 24)
      : screen_(posix_openpt(O_RDWR | O_NOCTTY | O_CLOEXEC)) {
    if (!screen_.ok() || grantpt(screen_.get()) != 0 || unlockpt(screen_.get()) != 0) {
      throw std::runtime_error("no pseudo-terminal");
    }
    program_ = open(ptsname(screen_.get()), O_RDWR | O_NOCTTY | O_CLOEXEC);
    termios raw{};
    tcgetattr(program_, &raw);
    cfmakeraw(&raw);
    tcsetattr(program_, TCSANOW, &raw);
    resize(columns, rows);
  }
  PseudoTerminal(const PseudoTerminal&) = delete;
  PseudoTerminal& operator=(const PseudoTerminal&) = delete;
  ~PseudoTerminal() { close(program_); }

  void resize(unsigned short columns, unsigned short rows) const {
    const winsize size{rows, columns, 0, 0};
    ioctl(program_, TIOCSWINSZ, &size);
  }
  int fd() const { return program_; }
  /// What was written since the last call.
  std::string written() const {
    // A mark of our own shows where it ends; what is written to one end is at the other at once, in order.
    [[maybe_unused]] const ssize_t sent = write(program_, "$", 1);
    std::string text;
    for (char c = 0; read(screen_.get(), &c, 1) == 1 && c != '$';) text += c;
    return text;
  }

 private:
  FileDescriptor screen_;
  int program_ = -1;
};

}  // namespace g2afs::test
