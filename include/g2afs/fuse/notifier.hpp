// SPDX-License-Identifier: MIT
// Notifier: tells the kernel what to forget. Any thread may call; the telling is done by a thread of its own.
//
// Why a thread: the kernel takes the directory's lock to drop a name, and whoever looks a name up in that directory
// holds it until we have answered. Told from the loop, that would be a deadlock: only the loop can give the answer.
//
// A notice that waits is held once, however often it is given; so the queue is never longer than the tree that the
// kernel was told of. The order among notices does not matter, since each only makes the kernel ask again.
#pragma once

#include <compare>
#include <condition_variable>
#include <mutex>
#include <set>
#include <string>
#include <thread>

#include "g2afs/catalog/kernel_cache.hpp"

struct fuse_session;

namespace g2afs {

class Notifier final : public KernelCache {
 public:
  Notifier() = default;
  ~Notifier() override { stop(); }

  void entry_gone(Ino parent, Ino child, std::string name) override;
  void changed(Ino ino) override;

  /// Before this, notices are dropped: the kernel knows nothing yet.
  void start(fuse_session& session);
  /// Returns once no notice is under way; later ones are dropped. Every request must be answered meanwhile.
  void stop();

 private:
  /// A name that is gone; or, without a name, an inode that changed.
  struct Notice {
    Ino ino;  // the directory of the name, or the inode
    std::string name;
    Ino child;
    auto operator<=>(const Notice&) const = default;
  };

  void enqueue(Notice notice);
  void run(fuse_session& session);

  std::mutex mutex_;
  std::condition_variable arrived_;
  bool running_ = false;
  std::set<Notice> waiting_;
  std::thread thread_;
};

}  // namespace g2afs
