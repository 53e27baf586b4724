// SPDX-License-Identifier: MIT
// Whether somebody who waits for an answer is to be let go. The kernel tells of an interruption once for each request, and
// not why: because of any signal, also one that stops the process (Ctrl-Z) or that most processes ignore, and when there is
// none at all: where a debugger attaches, a container is paused or the machine goes to sleep. What was interrupted fails
// with EINTR, as if the program had asked for it, so why is looked up. Any thread; does not wait.
#pragma once

#include <string_view>
#include <sys/types.h>

namespace g2afs {

/// Whether the thread has a signal before it that neither stops it nor is ignored by default. (One that ends its process is
/// SIGKILL here, mostly.) True where it cannot be seen: it is outside our pid namespace, or /proc hides it.
bool is_signalled(pid_t thread);
/// The same by what /proc/<pid>/status says (proc(5)).
bool is_signalled(std::string_view status);

}  // namespace g2afs
