// SPDX-License-Identifier: MIT
// ChildAnswer: a question that a child process asks, since it may block for good: a system call on a mount whose daemon
// hangs cannot be taken back, and neither a thread nor the process it is in ends before it returns. One thread, in a
// process that has no other.
//
// The child has nothing of the parent's open, so that nobody who waits for the end of the parent's output waits for it.
#pragma once

#include <chrono>
#include <functional>
#include <optional>
#include <string>
#include <sys/types.h>

#include "g2afs/base/error.hpp"
#include "g2afs/base/file_descriptor.hpp"

namespace g2afs {

class ChildAnswer {
 public:
  using Ask = std::function<Result<std::string>()>;

  /// Starts the child, which calls `ask` and ends. Throws std::system_error.
  explicit ChildAnswer(const Ask& ask);
  ChildAnswer(const ChildAnswer&) = delete;
  ChildAnswer& operator=(const ChildAnswer&) = delete;
  /// A child that has not answered is killed, and ends when it can; so it does when this process ends.
  ~ChildAnswer();

  /// Its answer, once; nothing if it is not there within so much time.
  std::optional<Result<std::string>> wait(std::chrono::milliseconds limit);

 private:
  struct Pipe {
    int from, to;
  };
  static Pipe make_pipe();
  ChildAnswer(const Ask& ask, Pipe pipe);
  [[noreturn]] static void answer(const Ask& ask, int to);

  const FileDescriptor from_;
  pid_t child_ = -1;
  std::string said_;
};

}  // namespace g2afs
