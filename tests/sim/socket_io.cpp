// SPDX-License-Identifier: MIT
#include "sim/socket_io.hpp"

#include <cerrno>
#include <cstring>
#include <netinet/in.h>
#include <poll.h>
#include <sys/socket.h>
#include <unistd.h>

#include <fmt/format.h>

#include "sim/account_files.hpp"

namespace g2a_sim {

int listen_on_loopback(int& port) {
  const int fd = ::socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
  const int on = 1;
  sockaddr_in address{};
  address.sin_family = AF_INET;
  address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
  address.sin_port = htons(static_cast<std::uint16_t>(port));
  socklen_t size = sizeof address;
  auto* generic = reinterpret_cast<sockaddr*>(&address);
  if (fd < 0 || ::setsockopt(fd, SOL_SOCKET, SO_REUSEADDR, &on, sizeof on) != 0 || ::bind(fd, generic, size) != 0 ||
      ::listen(fd, 4096) != 0 || ::getsockname(fd, generic, &size) != 0) {
    const int error = errno;
    if (fd >= 0) ::close(fd);
    throw StartError(fmt::format("cannot listen on 127.0.0.1:{}: {}", port, std::strerror(error)));
  }
  port = ntohs(address.sin_port);
  return fd;
}

std::size_t send_all(int socket, std::string_view bytes) {
  std::size_t sent = 0;
  while (sent < bytes.size()) {
    const ssize_t n = ::send(socket, bytes.data() + sent, bytes.size() - sent, MSG_NOSIGNAL);
    if (n < 0 && errno == EINTR) continue;
    if (n <= 0) break;
    sent += static_cast<std::size_t>(n);
  }
  return sent;
}

bool receive_some(int socket, std::string& to, int idle_seconds) {
  char buffer[16 * 1024];
  for (;;) {
    if (idle_seconds > 0) {
      pollfd fd{socket, POLLIN, 0};
      const int ready = ::poll(&fd, 1, idle_seconds * 1000);
      if (ready == 0) return false;
      if (ready < 0 && errno == EINTR) continue;
    }
    const ssize_t n = ::recv(socket, buffer, sizeof buffer, 0);
    if (n < 0 && errno == EINTR) continue;
    if (n <= 0) return false;
    to.append(buffer, static_cast<std::size_t>(n));
    return true;
  }
}

void reset_on_close(int socket) {
  const linger hard{1, 0};
  ::setsockopt(socket, SOL_SOCKET, SO_LINGER, &hard, sizeof hard);
}

}  // namespace g2a_sim
