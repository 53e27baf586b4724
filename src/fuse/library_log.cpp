// SPDX-License-Identifier: MIT
#include "g2afs/fuse/library_log.hpp"

#include <array>
#include <cstdarg>
#include <cstdio>
#include <mutex>
#include <string_view>
#include <sys/mman.h>
#include <unistd.h>

#include "g2afs/fuse/lowlevel.hpp"

namespace g2afs {
namespace {

/// Where libfuse's lines go; what its log function would get as an argument if it had one.
struct Destination {
  std::mutex mutex;
  Log* log = nullptr;
  std::string* said = nullptr;  // while errors_of() runs
};
Destination& destination() {
  static Destination only;
  return only;
}

std::string_view trimmed(std::string_view line) {
  while (!line.empty() && (line.back() == '\n' || line.back() == ' ')) line.remove_suffix(1);
  return line;
}

void on_line(fuse_log_level level, const char* format, va_list arguments) {
  std::array<char, 1024> text;  // longer lines are cut
  std::vsnprintf(text.data(), text.size(), format, arguments);
  auto& to = destination();
  const std::lock_guard lock(to.mutex);
  if (level >= FUSE_LOG_DEBUG) {
    if (to.log) to.log->debug("{}", trimmed(text.data()));
  } else if (to.said) {
    *to.said += text.data();
  } else if (to.log) {
    to.log->warn("{}", trimmed(text.data()));
  }
}

/// stderr into memory, for as long as it lives.
class CapturedStderr {
 public:
  CapturedStderr() : memory_(::memfd_create("stderr", MFD_CLOEXEC)), original_(::dup(STDERR_FILENO)) {
    if (memory_ >= 0 && original_ >= 0) ::dup2(memory_, STDERR_FILENO);
  }
  ~CapturedStderr() {
    if (original_ >= 0) ::close(original_);
    if (memory_ >= 0) ::close(memory_);
  }
  CapturedStderr(const CapturedStderr&) = delete;
  CapturedStderr& operator=(const CapturedStderr&) = delete;

  /// Puts stderr back and returns what was written to it.
  std::string take() {
    std::fflush(stderr);
    if (original_ >= 0) ::dup2(original_, STDERR_FILENO);
    std::string text;
    std::array<char, 1024> part;
    ::lseek(memory_, 0, SEEK_SET);
    for (ssize_t got = 0; (got = ::read(memory_, part.data(), part.size())) > 0;) {
      text.append(part.data(), static_cast<std::size_t>(got));
    }
    return text;
  }

 private:
  int memory_, original_;
};

}  // namespace

LibraryLog::LibraryLog(Log& log) {
  auto& to = destination();
  const std::lock_guard lock(to.mutex);
  to.log = &log;
  ::fuse_set_log_func(on_line);
}

LibraryLog::~LibraryLog() {
  auto& to = destination();
  const std::lock_guard lock(to.mutex);
  to.log = nullptr;
}

std::string LibraryLog::errors_of(const std::function<void()>& call) {
  auto& to = destination();
  std::string said;
  const auto collect = [&to](std::string* into) {
    const std::lock_guard lock(to.mutex);
    to.said = into;
  };
  collect(&said);
  CapturedStderr captured;
  call();
  collect(nullptr);
  return one_line_of(said + captured.take());
}

std::string one_line_of(std::string_view said) {
  constexpr std::string_view kNames[] = {"fuse: ", "fusermount3: "};
  std::string line;
  while (!said.empty()) {
    auto part = said.substr(0, said.find('\n'));
    said.remove_prefix(std::min(part.size() + 1, said.size()));
    for (const auto name : kNames) {
      if (part.starts_with(name)) part.remove_prefix(name.size());
    }
    if (part = trimmed(part); part.empty()) continue;
    if (!line.empty()) line += "; ";
    line += part;
  }
  return line;
}

}  // namespace g2afs
