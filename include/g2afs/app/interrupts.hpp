// SPDX-License-Identifier: MIT
// Interrupts: SIGINT, SIGTERM and SIGHUP as something one thread waits for, for a command whose other threads may be
// within a call that does not come back. While it lives these signals do nothing else; threads that are started
// meanwhile inherit that. Those that the process was started to ignore stay ignored. One thread.
#pragma once

#include <chrono>
#include <csignal>

#include "g2afs/base/file_descriptor.hpp"

namespace g2afs {

class Interrupts {
 public:
  Interrupts();
  Interrupts(const Interrupts&) = delete;
  Interrupts& operator=(const Interrupts&) = delete;
  ~Interrupts();

  enum class Event { Finished, Interrupted, TimePassed };
  /// Until finish() was called (that counts once and for all), a signal came, or so much time has passed.
  Event wait(std::chrono::milliseconds limit);
  /// Until there is something to read, or its end; false: a signal came.
  bool wait_to_read(int fd);
  /// For any thread.
  void finish();

 private:
  const sigset_t taken_;
  sigset_t before_{};
  FileDescriptor signals_;
  FileDescriptor finished_;
};

}  // namespace g2afs
