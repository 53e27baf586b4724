// SPDX-License-Identifier: MIT
#include "g2afs/app/terminal.hpp"
#include "g2afs/base/file_descriptor.hpp"

#include <algorithm>
#include <cstdlib>
#include <sys/ioctl.h>
#include <unistd.h>

#include <fmt/format.h>

namespace g2afs {
namespace {

// ECMA-48: erase to the end of the line, and of the screen; all of it, and to its first place.
constexpr std::string_view kEraseLine = "\x1b[K", kEraseBelow = "\x1b[J", kEraseAll = "\x1b[2J\x1b[H";

bool set(const char* variable) {
  const char* const value = std::getenv(variable);
  return value != nullptr && *value != '\0';
}

}  // namespace

TerminalSize terminal_size(int fd) {
  winsize size{};
  if (ioctl(fd, TIOCGWINSZ, &size) != 0) return {79, 24};
  return {size.ws_col < 2 ? 79U : size.ws_col - 1U, size.ws_row < 2 ? 24U : size.ws_row};
}

bool wants_colour(int fd) {
  const char* const kind = std::getenv("TERM");
  return isatty(fd) == 1 && !set("NO_COLOR") && (kind == nullptr || std::string_view(kind) != "dumb");
}

TerminalBlock::TerminalBlock(int fd) : fd_(fd), terminal_(isatty(fd) == 1) {}

bool TerminalBlock::show(const std::vector<std::string>& lines) {
  std::string out;
  if (!terminal_) {
    for (const auto& line : lines) out += line + '\n';
    return write_all(fd_, out + '\n');
  }
  const auto size = terminal_size(fd_);
  // Lines that a narrower terminal has wrapped are more than were written.
  if (columns_ != 0 && size.columns < columns_) {
    out += kEraseAll;
  } else if (shown_ > 0) {
    out += fmt::format("\x1b[{}A\r", shown_);
  }
  // Below the block is the line of the cursor.
  const std::size_t room = size.rows - 1;
  const std::size_t whole = lines.size() <= room ? lines.size() : room - 1;
  for (std::size_t i = 0; i < whole; ++i) out.append(lines[i]).append(kEraseLine) += '\n';
  if (whole < lines.size()) {
    const std::string more = fmt::format("... {} lines more", lines.size() - whole);
    out.append(more, 0, size.columns).append(kEraseLine) += '\n';
  }
  out += kEraseBelow;
  shown_ = std::min(lines.size(), room);
  columns_ = size.columns;
  return write_all(fd_, out);
}

}  // namespace g2afs
