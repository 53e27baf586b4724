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

sigset_t ending() {
  sigset_t set;
  sigemptyset(&set);
  for (const int signal : {SIGINT, SIGTERM, SIGHUP}) sigaddset(&set, signal);
  return set;
}

int signal_descriptor() {
  const sigset_t set = ending();
  return signalfd(-1, &set, SFD_CLOEXEC | SFD_NONBLOCK);
}

}  // namespace

Interrupts::Interrupts() : signals_(signal_descriptor()), finished_(eventfd(0, EFD_CLOEXEC)) {
  if (!signals_.ok() || !finished_.ok()) throw std::system_error(errno, std::generic_category(), "signalfd");
  const sigset_t set = ending();
  pthread_sigmask(SIG_BLOCK, &set, &before_);
}

Interrupts::~Interrupts() { pthread_sigmask(SIG_SETMASK, &before_, nullptr); }

Interrupts::Event Interrupts::wait(std::chrono::milliseconds limit) {
  pollfd events[] = {{finished_.get(), POLLIN, 0}, {signals_.get(), POLLIN, 0}};
  if (poll(events, 2, static_cast<int>(limit.count())) <= 0) return Event::TimePassed;
  if (events[0].revents != 0) return Event::Finished;
  signalfd_siginfo taken{};
  return read(signals_.get(), &taken, sizeof taken) == sizeof taken ? Event::Interrupted : Event::TimePassed;
}

void Interrupts::finish() {
  const std::uint64_t one = 1;
  [[maybe_unused]] const ssize_t written = write(finished_.get(), &one, sizeof one);
}

}  // namespace g2afs
