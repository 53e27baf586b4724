// SPDX-License-Identifier: MIT
#include "g2afs/fuse/notifier.hpp"

#include <utility>

#include "g2afs/fuse/lowlevel.hpp"

namespace g2afs {
namespace {

/// Results do not matter: ENOENT says that the kernel does not know it anyway, any other that the mount is over.

void tell_gone(fuse_session& session, Ino parent, Ino child, const std::string& name) {
  // `delete` also wakes those who watch the directory (inotify); it is refused for a directory that is not empty for
  // the kernel, as when a file in it is open.
  if (fuse_lowlevel_notify_delete(&session, parent, child, name.c_str(), name.size()) != 0) {
    fuse_lowlevel_notify_inval_entry(&session, parent, name.c_str(), name.size());
  }
}

void tell_changed(fuse_session& session, Ino ino) {
  // Attributes only (a negative offset): dropping pages would wait for reads of them that hang. Pages of another object
  // go when the kernel sees the new size, or at the next open (keep_cache). Directories have none.
  fuse_lowlevel_notify_inval_inode(&session, ino, -1, 0);
}

}  // namespace

void Notifier::entry_gone(Ino parent, Ino child, std::string name) { enqueue({parent, std::move(name), child}); }

void Notifier::changed(Ino ino) { enqueue({ino, {}, 0}); }

void Notifier::enqueue(Notice notice) {
  {
    const std::lock_guard lock(mutex_);
    if (!running_) return;
    waiting_.insert(std::move(notice));
  }
  arrived_.notify_one();
}

void Notifier::start(fuse_session& session) {
  const std::lock_guard lock(mutex_);
  running_ = true;
  thread_ = std::thread([this, &session] { run(session); });
}

void Notifier::stop() {
  {
    const std::lock_guard lock(mutex_);
    running_ = false;
    waiting_.clear();
  }
  arrived_.notify_one();
  if (thread_.joinable()) thread_.join();
}

void Notifier::run(fuse_session& session) {
  std::unique_lock lock(mutex_);
  for (;;) {
    arrived_.wait(lock, [this] { return !running_ || !waiting_.empty(); });
    if (!running_) return;
    const Notice notice = std::move(waiting_.extract(waiting_.begin()).value());
    lock.unlock();
    if (notice.name.empty()) {
      tell_changed(session, notice.ino);
    } else {
      tell_gone(session, notice.ino, notice.child, notice.name);
    }
    lock.lock();
  }
}

}  // namespace g2afs
