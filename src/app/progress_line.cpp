// SPDX-License-Identifier: MIT
#include "g2afs/app/progress_line.hpp"

#include <cerrno>
#include <sys/ioctl.h>
#include <unistd.h>

namespace g2afs {
namespace {

// ECMA-48: to the first column, erase the line.
constexpr std::string_view kErase = "\r\x1b[K";

/// Columns to write in; the last one stays free, since some terminals wrap when it is written to.
std::size_t columns(int fd) {
  winsize size{};
  if (ioctl(fd, TIOCGWINSZ, &size) != 0 || size.ws_col < 2) return 79;
  return size.ws_col - 1U;
}

void write_all(int fd, std::string_view text) {
  while (!text.empty()) {
    const ssize_t written = write(fd, text.data(), text.size());
    if (written < 0 && errno == EINTR) continue;
    if (written <= 0) return;  // nobody is left to tell
    text.remove_prefix(static_cast<std::size_t>(written));
  }
}

}  // namespace

ProgressLine::ProgressLine(int fd) : fd_(fd), terminal_(isatty(fd) == 1) {}

ProgressLine::~ProgressLine() { clear(); }

void ProgressLine::show(std::string_view text) {
  if (!terminal_) return;
  const std::lock_guard lock(mutex_);
  if (text == shown_) return;
  shown_ = text;
  draw({});
}

void ProgressLine::clear() { show({}); }

void ProgressLine::say(std::string_view line) {
  const std::lock_guard lock(mutex_);
  draw(std::string(line) + '\n');
}

/// In one write, so that no other process's output comes between.
void ProgressLine::draw(std::string_view text) {
  std::string out;
  if (terminal_) out += kErase;
  out += text;
  if (terminal_) out += std::string_view(shown_).substr(0, columns(fd_));
  write_all(fd_, out);
}

}  // namespace g2afs
