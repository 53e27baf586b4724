// SPDX-License-Identifier: MIT
// Workers: the threads that take requests from the kernel and have libfuse call the operations.
//
// They sit in a blocking read of /dev/fuse, where the kernel wakes one a request: waiting in epoll for a device that does
// not block halves the rate of small requests. Why not libfuse's own fuse_session_loop_mt: the only ways out of it are an
// unmount that nothing pins, a cancelled thread, and a signal that is lost if it comes a moment early. stop() makes the
// device non-blocking before it sends a signal: who is not in the read yet does not block, and who is gets interrupted.
//
// The mount table is watched, by a thread of its own: after `umount -l` the kernel keeps the connection for as long as a
// file is open, be it one whose read hangs, and says nothing; only the table shows that the mount is gone.
#pragma once

#include <atomic>
#include <functional>
#include <optional>
#include <thread>
#include <vector>

#include "g2afs/base/error.hpp"
#include "g2afs/base/file_descriptor.hpp"
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
  void watch_mounts();
  void end(Result<void> how);

  fuse_session& session_;
  const std::optional<DeviceNumber> device_;
  const OnEnd on_end_;
  std::atomic<bool> leaving_{false}, ended_{false};
  const FileDescriptor leave_;  // an eventfd for the watcher
  std::vector<std::thread> workers_;
  std::thread watcher_;
};

}  // namespace g2afs
