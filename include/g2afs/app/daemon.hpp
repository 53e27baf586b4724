// SPDX-License-Identifier: MIT
// Daemon: the process splits in two before any thread exists; the one that the shell started waits until the other has
// mounted, and ends with its exit status. Until then a signal that ends the one ends both. Main thread only.
#pragma once

namespace g2afs {

class Daemon {
 public:
  /// In the foreground nothing is split, and the functions below do nothing.
  explicit Daemon(bool foreground) : foreground_(foreground) {}
  Daemon(const Daemon&) = delete;
  Daemon& operator=(const Daemon&) = delete;

  /// Forks. Returns in the child; the parent waits and exits. Standard error stays the shell's until ready().
  void detach();

  /// The mount answers: the parent exits with 0, and the child lets go of the terminal.
  void ready();

 private:
  const bool foreground_;
  int report_ = -1;  // the pipe to the parent
};

}  // namespace g2afs
