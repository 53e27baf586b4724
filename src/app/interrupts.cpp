// SPDX-License-Identifier: MIT
#include "g2afs/app/interrupts.hpp"

#include <cerrno>
#include <cstdint>
#include <poll.h>
#include <sys/eventfd.h>
#include <sys/signalfd.h>
#include <system_error>
#include <unistd.h>

namespace g2afs {
namespace {

/// Those that would end the process. What is ignored, as nohup(1) has SIGHUP ignored, would arrive once it is blocked.
sigset_t ending() {
  sigset_t set;
  sigemptyset(&set);
  for (const int signal : {SIGINT, SIGTERM, SIGHUP}) {
    struct sigaction action {};
    if (sigaction(signal, nullptr, &action) == 0 && action.sa_handler != SIG_IGN) sigaddset(&set, signal);
  }
  return set;
}

int signal_descriptor(const sigset_t& set) { return signalfd(-1, &set, SFD_CLOEXEC | SFD_NONBLOCK); }

}  // namespace

Interrupts::Interrupts() : taken_(ending()), signals_(signal_descriptor(taken_)), finished_(eventfd(0, EFD_CLOEXEC)) {
  if (!signals_.ok() || !finished_.ok()) throw std::system_error(errno, std::generic_category(), "signalfd");
  pthread_sigmask(SIG_BLOCK, &taken_, &before_);
}

Interrupts::~Interrupts() { pthread_sigmask(SIG_SETMASK, &before_, nullptr); }

Interrupts::Event Interrupts::wait(std::chrono::milliseconds limit) {
  pollfd events[] = {{finished_.get(), POLLIN, 0}, {signals_.get(), POLLIN, 0}};
  if (poll(events, 2, static_cast<int>(limit.count())) <= 0) return Event::TimePassed;
  if (events[0].revents != 0) return Event::Finished;
  signalfd_siginfo taken{};
  return read(signals_.get(), &taken, sizeof taken) == sizeof taken ? Event::Interrupted : Event::TimePassed;
}

bool Interrupts::wait_to_read(int fd) {
  pollfd events[] = {{signals_.get(), POLLIN, 0}, {fd, POLLIN, 0}};
  while (poll(events, 2, -1) < 0 && errno == EINTR) {
  }
  return events[0].revents == 0;
}

void Interrupts::finish() {
  const std::uint64_t one = 1;
  [[maybe_unused]] const ssize_t written = write(finished_.get(), &one, sizeof one);
}

}  // namespace g2afs
