// SPDX-License-Identifier: MIT
// LibraryLog: brings what libfuse says into our log, or into an Error. Any thread.
//
// libfuse has one log function a process, without an argument to find an object by; so the newest LibraryLog of the
// process gets the lines. Parts of libfuse, and the fusermount3 it starts, write to stderr instead: errors_of() catches
// that as well.
#pragma once

#include <functional>
#include <string>

#include "g2afs/base/log.hpp"

namespace g2afs {

class LibraryLog {
 public:
  explicit LibraryLog(Log& log);
  ~LibraryLog();
  LibraryLog(const LibraryLog&) = delete;
  LibraryLog& operator=(const LibraryLog&) = delete;

  /// Runs `call` and returns what was said meanwhile, as one line; empty if nothing was. stderr is redirected
  /// until `call` returns.
  std::string errors_of(const std::function<void()>& call);
};

/// libfuse's lines as one, without its own name in front of each: "mount failed: Device or resource busy".
std::string one_line_of(std::string_view said);

}  // namespace g2afs
