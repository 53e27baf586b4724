// SPDX-License-Identifier: MIT
// Workers: the threads that take requests from the kernel and have libfuse call the operations.
//
// Why not libfuse's own fuse_session_loop_mt: its threads sit in a blocking read of /dev/fuse, and the only ways out
// are an unmount that nothing pins, a cancelled thread, and a signal that interrupts the semaphore it waits at (and is
// lost if it comes a moment early). Here the device does not block and the workers wait in epoll, for it and for
// stop(), so they always leave at once. It costs two short system calls a request where nothing else is under way.
//
// The device is watched edge-triggered: one request wakes one worker, and each reads until nothing is left.
//
// The mount table is watched too: after `umount -l` the kernel keeps the connection for as long as a file is open, be
// it one whose read hangs, and says nothing; only the table shows that the mount is gone.
#pragma once

#include <atomic>
#include <functional>
#include <optional>
#include <thread>
#include <vector>

#include "g2afs/base/error.hpp"
#include "g2afs/fuse/mount_table.hpp"

struct fuse_buf;
struct fuse_session;

namespace g2afs {

class Workers {
 public:
  /// Called at most once, on any of the threads.
  using OnEnd = std::function<void(Result<void>)>;

  /// `device`: whose absence from the mount table is the end; nothing: the table is not watched.
  Workers(fuse_session& session, std::optional<DeviceNumber> device, OnEnd on_end);
  ~Workers();
  Workers(const Workers&) = delete;
  Workers& operator=(const Workers&) = delete;

  /// Returns once every worker has left; on_end is not called after that.
  void stop();

 private:
  void run();
  void serve(fuse_buf& buffer);
  bool wait();
  void end(Result<void> how);

  fuse_session& session_;
  const std::optional<DeviceNumber> device_;
  const OnEnd on_end_;
  std::atomic<bool> leaving_{false}, ended_{false};
  int epoll_ = -1, leave_ = -1, mounts_ = -1;
  std::vector<std::thread> threads_;
};

}  // namespace g2afs
