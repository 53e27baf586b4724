// SPDX-License-Identifier: MIT
#include "g2afs/app/progress_line.hpp"

#include <cstdlib>
#include <fcntl.h>
#include <stdexcept>
#include <sys/ioctl.h>
#include <termios.h>
#include <unistd.h>

#include <gtest/gtest.h>

#include "output_file.hpp"

#include "g2afs/base/file_descriptor.hpp"

namespace g2afs {
namespace {

/// A terminal of so many columns, and what was written to it.
class Terminal {
 public:
  explicit Terminal(unsigned short columns) : screen_(posix_openpt(O_RDWR | O_NOCTTY | O_CLOEXEC)) {
    if (!screen_.ok() || grantpt(screen_.get()) != 0 || unlockpt(screen_.get()) != 0) {
      throw std::runtime_error("no pseudo-terminal");
    }
    program_ = open(ptsname(screen_.get()), O_RDWR | O_NOCTTY | O_CLOEXEC);
    termios raw{};
    tcgetattr(program_, &raw);
    cfmakeraw(&raw);
    tcsetattr(program_, TCSANOW, &raw);
    const winsize size{24, columns, 0, 0};
    ioctl(program_, TIOCSWINSZ, &size);
  }
  Terminal(const Terminal&) = delete;
  Terminal& operator=(const Terminal&) = delete;
  ~Terminal() { close(program_); }

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

const std::string kErase = "\r\x1b[K";

TEST(ProgressLine, IsRewrittenInPlace) {
  const Terminal terminal(80);
  ProgressLine line(terminal.fd());
  EXPECT_TRUE(line.on_terminal());
  line.show("1 of 3");
  EXPECT_EQ(terminal.written(), kErase + "1 of 3");
  line.show("2 of 3");
  EXPECT_EQ(terminal.written(), kErase + "2 of 3");
  line.show("2 of 3");
  EXPECT_EQ(terminal.written(), "") << "nothing changed";
  line.clear();
  EXPECT_EQ(terminal.written(), kErase);
}

TEST(ProgressLine, StaysBelowTheOtherLines) {
  const Terminal terminal(80);
  ProgressLine line(terminal.fd());
  line.say("first");
  EXPECT_EQ(terminal.written(), kErase + "first\n");
  line.show("1 of 3");
  terminal.written();
  line.say("second");
  EXPECT_EQ(terminal.written(), kErase + "second\n1 of 3");
}

TEST(ProgressLine, EndsBeforeTheLastColumn) {
  const Terminal terminal(10);
  ProgressLine line(terminal.fd());
  line.show("0123456789abc");
  EXPECT_EQ(terminal.written(), kErase + "012345678");
  line.say("0123456789abc");
  EXPECT_EQ(terminal.written(), kErase + "0123456789abc\n012345678") << "lines that stay are whole";
}

TEST(ProgressLine, GoesAtTheEnd) {
  const Terminal terminal(80);
  ProgressLine(terminal.fd()).show("1 of 3");
  EXPECT_EQ(terminal.written(), kErase + "1 of 3" + kErase);
}

TEST(ProgressLine, IsNotWrittenToAFile) {
  const test::OutputFile file;
  {
    ProgressLine line(file.fd());
    EXPECT_FALSE(line.on_terminal());
    line.show("1 of 3");
    line.say("what failed");
    line.clear();
  }
  EXPECT_EQ(file.text(), "what failed\n");
}

}  // namespace
}  // namespace g2afs
