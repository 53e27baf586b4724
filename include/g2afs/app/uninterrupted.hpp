// SPDX-License-Identifier: MIT
// A system call, made again while a signal interrupts it. For the commands that work on a running mount. Any thread.
//
// A mount whose daemon cannot see who waits (pending_signals.hpp) lets everybody go whom the kernel says to be interrupted,
// so calls fail with EINTR also for Ctrl-Z and fg, which are to end nothing. A signal that is to end a command does not come
// here: it ends the process, or goes by Interrupts.
#pragma once

#include <cerrno>
#include <type_traits>

namespace g2afs {

/// What `call` returns: -1 or a null pointer, and errno, is a failure.
template <class Call>
auto uninterrupted(Call call) {
  for (;;) {
    const auto result = call();
    bool failed = false;
    if constexpr (std::is_pointer_v<decltype(call())>) {
      failed = result == nullptr;
    } else {
      failed = result < 0;
    }
    if (!failed || errno != EINTR) return result;
  }
}

}  // namespace g2afs
