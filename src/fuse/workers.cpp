// SPDX-License-Identifier: MIT
#include "g2afs/fuse/workers.hpp"

#include <cerrno>
#include <csignal>
#include <cstdlib>
#include <fcntl.h>
#include <poll.h>
#include <pthread.h>
#include <sys/eventfd.h>
#include <system_error>
#include <unistd.h>

#include "g2afs/fuse/lowlevel.hpp"

namespace g2afs {
namespace {

/// A worker never waits for anything but requests, so they need not be many: from 1 to 10 the speed is the same. A few,
/// so that filling one large directory page does not hold up the others.
constexpr int kThreads = 4;

/// Interrupts a read; ignored where nobody handles it, should it ever come from elsewhere.
constexpr int kInterrupt = SIGURG;

void handle_interrupts() {
  struct sigaction action {};
  action.sa_handler = [](int) {};  // and no SA_RESTART
  ::sigaction(kInterrupt, &action, nullptr);
}

}  // namespace

Workers::Workers(fuse_session& session, std::optional<DeviceNumber> device, OnEnd on_end)
    : session_(session), device_(device), on_end_(std::move(on_end)), leave_(::eventfd(0, EFD_CLOEXEC)) {
  if (!leave_.ok()) throw std::system_error(errno, std::generic_category(), "eventfd");
  handle_interrupts();
  for (int i = 0; i < kThreads; ++i) workers_.emplace_back([this] { run(); });
  if (device_) watcher_ = std::thread([this] { watch_mounts(); });
}

Workers::~Workers() { stop(); }

void Workers::stop() {
  leaving_ = true;
  const int channel = ::fuse_session_fd(&session_);
  ::fcntl(channel, F_SETFL, ::fcntl(channel, F_GETFL) | O_NONBLOCK);
  for (std::thread& worker : workers_) {
    ::pthread_kill(worker.native_handle(), kInterrupt);
    worker.join();
  }
  workers_.clear();
  ::eventfd_write(leave_.get(), 1);
  if (watcher_.joinable()) watcher_.join();
}

void Workers::run() {
  fuse_buf buffer{};
  serve(buffer);
  std::free(buffer.mem);  // libfuse's
}

void Workers::serve(fuse_buf& buffer) {
  while (!leaving_) {
    const int got = ::fuse_session_receive_buf(&session_, &buffer);
    if (got > 0) {
      ::fuse_session_process_buf(&session_, &buffer);
    } else if (got != -EINTR && got != -EAGAIN) {
      return end(got == 0
                     ? Result<void>{}
                     : fail(Errc::Unavailable, "reading from the kernel: " + std::generic_category().message(-got)));
    }
  }
}

void Workers::watch_mounts() {
  const FileDescriptor mounts(::open("/proc/self/mountinfo", O_RDONLY | O_CLOEXEC));
  if (!mounts.ok()) return;
  for (;;) {
    pollfd events[] = {{mounts.get(), POLLPRI, 0}, {leave_.get(), POLLIN, 0}};
    if (::poll(events, 2, -1) < 0 && errno != EINTR) return;
    if (leaving_) return;
    if (!MountTable::read().mounted(*device_)) return end({});
  }
}

void Workers::end(Result<void> how) {
  leaving_ = true;
  if (!ended_.exchange(true)) on_end_(std::move(how));
}

}  // namespace g2afs
