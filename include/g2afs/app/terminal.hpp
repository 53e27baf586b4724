// SPDX-License-Identifier: MIT
// The terminal that a command writes to: how large it is, whether it wants colour, and a block of lines on it that is
// redrawn in place. One thread.
#pragma once

#include <cstddef>
#include <string>
#include <string_view>
#include <vector>

namespace g2afs {

struct TerminalSize {
  std::size_t columns;  // to write in; the last one stays free, since some terminals wrap when it is written to
  std::size_t rows;
};
/// 24 lines of 80 columns where the file is no terminal, or does not say.
TerminalSize terminal_size(int fd);

/// Whether it is a terminal, one that knows colours (not TERM=dumb), and NO_COLOR is not set (https://no-color.org).
bool wants_colour(int fd);

class TerminalBlock {
 public:
  /// `fd` stays open and the caller's.
  explicit TerminalBlock(int fd);

  /// Takes the place of the lines shown before; what the terminal has no room for is counted in the last line. Where the
  /// file is no terminal all lines are written, and an empty one after them. False if they could not be written.
  bool show(const std::vector<std::string>& lines);

 private:
  const int fd_;
  const bool terminal_;
  std::size_t shown_ = 0;    // lines
  std::size_t columns_ = 0;  // there were then
};

}  // namespace g2afs
