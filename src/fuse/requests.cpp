// SPDX-License-Identifier: MIT
#include "g2afs/fuse/requests.hpp"

#include <cerrno>
#include <chrono>

#include "g2afs/fuse/operations.hpp"
#include "g2afs/fuse/pending_signals.hpp"

namespace g2afs {
namespace {

// Ctrl-C, where it comes after another interruption, is to end a program at once: nobody notices so much. A look takes
// some 20 us; a thousand of them, as after a suspend, are not to keep the loop busy.
constexpr auto kLookAgain = std::chrono::milliseconds{100};
constexpr auto kForEach = std::chrono::milliseconds{1};

}  // namespace

Reply::~Reply() {
  if (!requests_) return;  // moved from
  if (const fuse_req_t request = take()) fuse_reply_err(request, EINTR);
}

std::optional<Requests::Serial> Requests::admit(fuse_req_t request) {
  Serial serial = 0;
  {
    const std::lock_guard lock(mutex_);
    serial = ++last_serial_;
  }
  // Before it is in the table: from then on the loop may answer it, and it is gone. The callback may come at once and find
  // nothing, so begin() looks whether the request was interrupted.
  fuse_req_interrupt_func(request, &Requests::on_interrupt, reinterpret_cast<void*>(serial));
  {
    const std::lock_guard lock(mutex_);
    if (!closed_) {
      waiting_.emplace(serial, Waiting{request, fuse_req_ctx(request)->pid});
      return serial;
    }
  }
  fuse_reply_err(request, EIO);
  return std::nullopt;
}

void Requests::on_interrupt(fuse_req_t request, void* serial) {
  const auto self = Operations::of(request).requests;
  self->loop_.post([self, serial = reinterpret_cast<Serial>(serial)] { self->on_interrupt(serial); });
}

void Requests::on_interrupt(Serial serial) {
  if (!still_waits(serial)) return;
  if (interrupted_.insert(serial).second && interrupted_.size() == 1)
    loop_.spawn(look_after_interrupted(shared_from_this()));
}

Task<> Requests::look_after_interrupted(std::shared_ptr<Requests> self) {
  while (!self->interrupted_.empty()) {
    co_await self->clock_.sleep(kLookAgain + self->interrupted_.size() * kForEach);
    std::erase_if(self->interrupted_, [&](Serial serial) { return !self->still_waits(serial); });
  }
}

bool Requests::was_interrupted(Serial serial) const {
  const std::lock_guard lock(mutex_);
  const auto found = waiting_.find(serial);
  return found != waiting_.end() && fuse_req_interrupted(found->second.request);
}

bool Requests::wanted(Serial serial) const {
  const std::lock_guard lock(mutex_);
  const auto found = waiting_.find(serial);
  return found != waiting_.end() && !found->second.let_go;
}

void Requests::began(Serial serial, TaskId task) {
  const std::lock_guard lock(mutex_);
  if (const auto found = waiting_.find(serial); found != waiting_.end()) found->second.task = task;
}

bool Requests::still_waits(Serial serial) {
  pid_t thread = 0;
  {
    const std::lock_guard lock(mutex_);
    const auto found = waiting_.find(serial);
    if (found == waiting_.end()) return false;
    thread = found->second.thread;
  }
  if (!is_signalled(thread)) return true;
  std::optional<TaskId> task;
  {
    const std::lock_guard lock(mutex_);
    const auto found = waiting_.find(serial);
    if (found == waiting_.end()) return false;
    found->second.let_go = true;
    task = found->second.task;
  }
  if (task) loop_.cancel(*task);
  return false;
}

fuse_req_t Requests::take(Serial serial) {
  const std::lock_guard lock(mutex_);
  const auto node = waiting_.extract(serial);
  return node ? node.mapped().request : nullptr;
}

void Requests::close() {
  decltype(waiting_) waiting;
  {
    const std::lock_guard lock(mutex_);
    closed_ = true;
    waiting.swap(waiting_);
  }
  for (const auto& [serial, entry] : waiting) {
    fuse_reply_err(entry.request, EIO);
    if (entry.task) loop_.cancel(*entry.task);
  }
}

}  // namespace g2afs
