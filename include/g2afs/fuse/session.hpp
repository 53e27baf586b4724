// SPDX-License-Identifier: MIT
// Session: one mount, from mount(2) to the last reply. Loop thread only, except where it says otherwise.
//
// Threads: a few workers (workers.hpp) take requests and answer what is known; the loop answers the rest
// (requests.hpp); the notifier tells the kernel what to forget (notifier.hpp). The loop may answer requests for as long
// as it runs, also after the session ended: that reaches nobody.
//
// The end, in this order, because each step needs the ones behind it to be still there:
// 1. Everything that waits fails with EIO, and from now on whatever would wait does. So no process hangs, and no lock
//    in the kernel is held for an answer of ours.
// 2. The notifier ends: what it tells the kernel can need such a lock.
// 3. The workers leave.
// 4. The device is closed, which fails what is still queued in the kernel, and the mount is detached: also if files are
//    open. (libfuse does both in this order: an unmount could need an answer.)
#pragma once

#include <chrono>
#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "g2afs/base/error.hpp"
#include "g2afs/base/log.hpp"
#include "g2afs/catalog/kernel_cache.hpp"
#include "g2afs/fuse/mount_table.hpp"
#include "g2afs/net/clock.hpp"

struct fuse_conn_info;
struct fuse_custom_io;
struct fuse_session;

namespace g2afs {

class FileSystem;
class LibraryLog;
class Loop;
class Notifier;
class Operations;
class Workers;

struct SessionOptions {
  std::string mountpoint;
  std::string source = "g2afs";        // what the mount table shows, unless the options hold an fsname=
  std::vector<std::string> options{};  // one each, for libfuse and the kernel: "allow_other", "nodev"…
  bool debug = false;                  // libfuse logs every request and reply (level debug)
  /// Where there is a cache on disk: what is there as a whole may be read by the kernel itself, if it can (passthrough.hpp).
  bool passthrough = false;
  /// How long the kernel may use a name or attributes without asking. What vanishes is told to it, but only once we
  /// notice: so no longer than a listing stays fresh (dir_ttl).
  Duration entry_timeout = std::chrono::seconds{60};
  Duration attribute_timeout = std::chrono::seconds{60};
};

class Session {
 public:
  Session(FileSystem& file_system, Loop& loop, Clock& clock, Log& log, SessionOptions options);
  /// stop()
  ~Session();
  Session(const Session&) = delete;
  Session& operator=(const Session&) = delete;

  /// Mounts. A process that looks at the mount waits until start(). Any thread, before start().
  /// Errors: Invalid (an option that libfuse does not know), NotDirectory, Unavailable (it cannot be mounted there).
  Result<void> mount();

  /// Serves a descriptor that speaks the kernel's protocol instead of mounting, and owns it from now on. For tests.
  Result<void> attach(int descriptor, const fuse_custom_io& io);

  /// Begins to serve and returns. `on_end` is called once, on any thread, if the session ends by itself: it was
  /// unmounted or detached, or the kernel would not go on (an error). It must not call stop() itself, but have the loop
  /// do it.
  void start(std::function<void(Result<void>)> on_end);

  /// Ends the session and removes the mount, whatever is open or hangs; takes milliseconds. To be called before the
  /// loop cancels its tasks, so that what waits fails with EIO and not with EINTR. Does nothing the second time.
  void stop();

  /// For the catalogue; usable for as long as the Session exists.
  KernelCache& kernel_cache();

 private:
  void introduce(fuse_conn_info& connection);
  Result<void> create(const std::vector<std::string>& options);
  void unmount();

  Log& log_;
  const SessionOptions options_;
  std::unique_ptr<LibraryLog> library_log_;
  std::unique_ptr<Operations> operations_;
  std::unique_ptr<Notifier> notifier_;
  fuse_session* session_ = nullptr;  // libfuse's; from create() to stop()
  std::string mountpoint_;           // absolute; empty: not mounted
  std::optional<DeviceNumber> device_;
  std::unique_ptr<Workers> workers_;
};

}  // namespace g2afs
