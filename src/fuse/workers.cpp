// SPDX-License-Identifier: MIT
#include "g2afs/fuse/workers.hpp"

#include <cerrno>
#include <cstdlib>
#include <fcntl.h>
#include <sys/epoll.h>
#include <sys/eventfd.h>
#include <system_error>
#include <unistd.h>

#include "g2afs/fuse/lowlevel.hpp"

namespace g2afs {
namespace {

/// A worker never waits for anything but requests, so they need not be many: from 1 to 10 the speed is the same. A few,
/// so that filling one large directory page does not hold up the others.
constexpr int kThreads = 4;

void watch(int epoll, int descriptor, std::uint32_t events) {
  epoll_event event{};
  event.events = events;
  event.data.fd = descriptor;
  if (::epoll_ctl(epoll, EPOLL_CTL_ADD, descriptor, &event) != 0) {
    throw std::system_error(errno, std::generic_category(), "epoll_ctl");
  }
}

}  // namespace

Workers::Workers(fuse_session& session, std::optional<DeviceNumber> device, OnEnd on_end)
    : session_(session), device_(device), on_end_(std::move(on_end)) {
  const int channel = ::fuse_session_fd(&session);
  ::fcntl(channel, F_SETFL, ::fcntl(channel, F_GETFL) | O_NONBLOCK);
  epoll_ = ::epoll_create1(EPOLL_CLOEXEC);
  leave_ = ::eventfd(0, EFD_CLOEXEC);
  watch(epoll_, channel, EPOLLIN | EPOLLET);
  watch(epoll_, leave_, EPOLLIN);
  if (device_) {
    mounts_ = ::open("/proc/self/mountinfo", O_RDONLY | O_CLOEXEC);
    if (mounts_ >= 0) watch(epoll_, mounts_, EPOLLPRI);
  }
  for (int i = 0; i < kThreads; ++i) threads_.emplace_back([this] { run(); });
}

Workers::~Workers() {
  stop();
  for (const int descriptor : {epoll_, leave_, mounts_}) {
    if (descriptor >= 0) ::close(descriptor);
  }
}

void Workers::stop() {
  leaving_ = true;
  ::eventfd_write(leave_, 1);  // never read, so it wakes them all
  for (auto& thread : threads_) {
    if (thread.joinable()) thread.join();
  }
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
    } else if (got == -EAGAIN) {
      if (!wait()) return;
    } else if (got != -EINTR) {
      return end(got == 0
                     ? Result<void>{}
                     : fail(Errc::Unavailable, "reading from the kernel: " + std::generic_category().message(-got)));
    }
  }
}

/// Returns when there may be a request; false when it is over.
bool Workers::wait() {
  epoll_event event{};
  const int count = ::epoll_wait(epoll_, &event, 1, -1);
  if (count == 1 && event.data.fd == mounts_ && !MountTable::read().mounted(*device_)) {
    end({});
    return false;
  }
  return !leaving_;
}

void Workers::end(Result<void> how) {
  leaving_ = true;
  ::eventfd_write(leave_, 1);
  if (!ended_.exchange(true)) on_end_(std::move(how));
}

}  // namespace g2afs
