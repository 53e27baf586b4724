// SPDX-License-Identifier: MIT
#include "g2afs/fuse/pending_signals.hpp"

#include <charconv>
#include <csignal>
#include <cstdint>
#include <filesystem>
#include <fstream>
#include <iterator>
#include <optional>
#include <string>
#include <system_error>
#include <unistd.h>

namespace g2afs {
namespace {

constexpr std::uint64_t bit(int signal) { return std::uint64_t{1} << (signal - 1); }

// signal(7): those whose default is to stop, to go on, or nothing.
constexpr std::uint64_t kHarmless = bit(SIGSTOP) | bit(SIGTSTP) | bit(SIGTTIN) | bit(SIGTTOU) | bit(SIGCONT) |
                                    bit(SIGCHLD) | bit(SIGURG) | bit(SIGWINCH);

/// A set of signals: a line of its own, in hexadecimal.
std::optional<std::uint64_t> signals(std::string_view status, std::string_view name) {
  const auto line = status.find(name);
  if (line == std::string_view::npos) return std::nullopt;
  const char* begin = status.data() + line + name.size();
  std::uint64_t set = 0;
  const auto parsed = std::from_chars(begin, status.data() + status.size(), set, 16);
  return parsed.ec == std::errc{} ? std::optional(set) : std::nullopt;
}

}  // namespace

bool is_signalled(std::string_view status) {
  const auto of_thread = signals(status, "\nSigPnd:\t"), of_process = signals(status, "\nShdPnd:\t");
  const auto blocked = signals(status, "\nSigBlk:\t");
  if (!of_thread || !of_process || !blocked) return true;
  return ((*of_thread | *of_process) & ~*blocked & ~kHarmless) != 0;
}

bool is_signalled(pid_t thread) {
  // Mounted for another pid namespace, it would show strangers under our numbers.
  static const bool proc_is_ours = [] {
    std::error_code error;
    return std::filesystem::read_symlink("/proc/self", error) == std::to_string(::getpid());
  }();
  std::ifstream file("/proc/" + std::to_string(thread) + "/status");
  if (!proc_is_ours || !file) return true;
  return is_signalled(std::string(std::istreambuf_iterator<char>(file), {}));
}

}  // namespace g2afs
