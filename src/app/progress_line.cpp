// SPDX-License-Identifier: MIT
#include "g2afs/app/progress_line.hpp"

#include <unistd.h>

#include "g2afs/app/terminal.hpp"
#include "g2afs/base/file_descriptor.hpp"

namespace g2afs {
namespace {

// ECMA-48: to the first column, erase the line.
constexpr std::string_view kErase = "\r\x1b[K";

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
  if (terminal_) out += std::string_view(shown_).substr(0, terminal_size(fd_).columns);
  write_all(fd_, out);
}

}  // namespace g2afs
