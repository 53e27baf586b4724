// SPDX-License-Identifier: MIT
#include "sim/gate.hpp"

#include <algorithm>
#include <cerrno>
#include <chrono>
#include <cmath>
#include <poll.h>
#include <sys/eventfd.h>
#include <system_error>
#include <unistd.h>

namespace g2a_sim {

Gate::Event::Event() : fd(::eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK)) {
  if (fd < 0) throw std::system_error(errno, std::generic_category(), "eventfd");
}

Gate::Event::~Event() { ::close(fd); }

Gate::Gate() : event_(std::make_shared<Event>()) {}

Gate::Woken Gate::Ticket::wait(int socket, double seconds) const {
  using Clock = std::chrono::steady_clock;
  const auto begin = Clock::now();
  for (;;) {
    int timeout_ms = -1;
    if (seconds > 0) {
      const double left = seconds - std::chrono::duration<double>(Clock::now() - begin).count();
      if (left <= 0) return Woken::kDeadline;
      timeout_ms = static_cast<int>(std::min(std::ceil(left * 1000), 1e9));
    }
    pollfd fds[2] = {{event_->fd, POLLIN, 0}, {socket, POLLRDHUP, 0}};
    const int ready = ::poll(fds, 2, timeout_ms);
    if (ready < 0 && errno != EINTR) return Woken::kGone;
    if (ready <= 0) continue;
    if (fds[0].revents != 0) return Woken::kReleased;
    if (fds[1].revents != 0) return Woken::kGone;
  }
}

Gate::Ticket Gate::ticket() {
  const std::lock_guard lock(mutex_);
  return Ticket(event_);
}

void Gate::release() {
  const std::lock_guard lock(mutex_);
  ::eventfd_write(event_->fd, 1);
  if (!closed_) event_ = std::make_shared<Event>();
}

void Gate::close() {
  const std::lock_guard lock(mutex_);
  closed_ = true;
  ::eventfd_write(event_->fd, 1);
}

}  // namespace g2a_sim
