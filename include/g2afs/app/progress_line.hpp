// SPDX-License-Identifier: MIT
// One line at the bottom of a terminal that is rewritten in place, and the lines that scroll above it. Any thread.
//
// Where the file is no terminal there is no progress line, only the others.
#pragma once

#include <mutex>
#include <string>
#include <string_view>

namespace g2afs {

class ProgressLine {
 public:
  /// `fd`, standard error as a rule, stays open and the caller's.
  explicit ProgressLine(int fd);
  ProgressLine(const ProgressLine&) = delete;
  ProgressLine& operator=(const ProgressLine&) = delete;
  /// Takes the progress line away.
  ~ProgressLine();

  bool on_terminal() const { return terminal_; }
  /// Replaces the progress line; ASCII without control characters, cut where the terminal ends.
  void show(std::string_view text);
  void clear();
  /// A line that stays, whole, above the progress line.
  void say(std::string_view line);

 private:
  void draw(std::string_view text);

  const int fd_;
  const bool terminal_;
  std::mutex mutex_;
  std::string shown_;
};

}  // namespace g2afs
