// SPDX-License-Identifier: MIT
#include "g2afs/fuse/requests.hpp"

#include <cerrno>

#include "g2afs/fuse/operations.hpp"

namespace g2afs {

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
  // Before it is in the table: from then on the loop may answer it, and it is gone. The callback may come at once; what
  // it cancels does not exist yet, but begin() looks whether the request was interrupted.
  fuse_req_interrupt_func(request, &Requests::on_interrupt, reinterpret_cast<void*>(serial));
  {
    const std::lock_guard lock(mutex_);
    if (!closed_) {
      waiting_.emplace(serial, Waiting{request, std::nullopt});
      return serial;
    }
  }
  fuse_reply_err(request, EIO);
  return std::nullopt;
}

void Requests::on_interrupt(fuse_req_t request, void* serial) {
  const auto self = Operations::of(request).requests;
  self->loop_.post([self, serial = reinterpret_cast<Serial>(serial)] { self->cancel(serial); });
}

bool Requests::wanted(Serial serial) const {
  const std::lock_guard lock(mutex_);
  const auto found = waiting_.find(serial);
  return found != waiting_.end() && !fuse_req_interrupted(found->second.request);
}

void Requests::began(Serial serial, TaskId task) {
  const std::lock_guard lock(mutex_);
  if (const auto found = waiting_.find(serial); found != waiting_.end()) found->second.task = task;
}

void Requests::cancel(Serial serial) {
  std::optional<TaskId> task;
  {
    const std::lock_guard lock(mutex_);
    if (const auto found = waiting_.find(serial); found != waiting_.end()) task = found->second.task;
  }
  if (task) loop_.cancel(*task);
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
