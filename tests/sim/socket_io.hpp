// SPDX-License-Identifier: MIT
// The few socket calls the simulator needs, without SIGPIPE and with EINTR retried. Any thread.
#pragma once

#include <cstddef>
#include <string>
#include <string_view>

namespace g2a_sim {

// A socket that listens on 127.0.0.1:`port` (0: any free port, written back). Throws StartError.
int listen_on_loopback(int& port);
// The number of bytes that went out; less than given means the connection is gone.
std::size_t send_all(int socket, std::string_view bytes);
// Appends what arrives next; false at the end, on an error and after `idle_seconds` (0: waits for ever).
bool receive_some(int socket, std::string& to, int idle_seconds);
// From now on close() sends RST and drops what was not sent yet.
void reset_on_close(int socket);

}  // namespace g2a_sim
