// SPDX-License-Identifier: MIT
// BackingFiles: which open files the kernel reads by itself (passthrough.hpp), under its rules. Loop thread only, but for
// start().
//
// The rules (fs/fuse/iomode.c), each of which is an EIO at open where it is broken:
// - While a file is open through the page cache, it is not opened by passthrough: such an open is an ordinary one.
// - While it is open by passthrough, every open is, and with the same backing file. An open that must not read that (of
//   another version, or because some of it was found damaged since) gets it along with direct_io: then reads come to us,
//   and only a mapping would show the backing file's bytes. (Who opens it with O_DIRECT meanwhile fails where the backing
//   file's own file system has no O_DIRECT.)
// - A file that is open past the page cache (direct_io) is in nobody's way, as long as the connection does not ask for
//   such files to be mapped (FUSE_CAP_DIRECT_IO_ALLOW_MMAP).
// The kernel counts a file as closed before it tells us, so what is counted here is never less than what it counts.
#pragma once

#include <atomic>
#include <cstdint>
#include <functional>
#include <unordered_map>

#include "g2afs/base/log.hpp"
#include "g2afs/fs/types.hpp"

namespace g2afs {

class BackingFiles {
 public:
  /// The kernel's calls, in the form of open_backing_file() and close_backing_file() less the device.
  struct Calls {
    std::function<int(int file)> open;
    std::function<void(int backing_id)> close;
  };

  explicit BackingFiles(Log& log) : log_(log) {}

  /// Until then every open is an ordinary one. While the kernel introduces itself: any thread, before the first open.
  void start(Calls calls) {
    calls_ = std::move(calls);
    started_ = true;
  }
  /// The device is about to be closed, and the kernel forgets them all.
  void stop() { started_ = false; }
  /// Whether an open may be by passthrough: the kernel can, and has not refused one.
  bool may_pass() const { return started_ && !refused_; }

  /// How a file is to be opened.
  struct Way {
    int backing_id = 0;   // 0: not by passthrough
    bool direct = false;  // reads come to us, past the page cache
    bool read_by_kernel() const { return backing_id != 0 && !direct; }
  };
  /// `whole`: what the kernel may read instead, if anything; `direct`: an ordinary open goes past the page cache. Every
  /// open is to be told here, once started.
  Way open(Ino ino, Handle handle, Whole whole, bool direct);
  /// It is closed, or the opener has gone without it.
  void release(Handle handle);

 private:
  /// Open through the page cache (no backing id), or by passthrough.
  struct File {
    int backing_id = 0;
    std::uint64_t generation = 0;  // of the backing file's bytes
    int handles = 0;
  };

  int open_backing(int descriptor);

  Log& log_;
  Calls calls_;
  std::atomic<bool> started_{false};
  bool refused_ = false;
  std::unordered_map<Ino, File> files_;
  std::unordered_map<std::uint64_t, Ino> open_;  // handles, but for those that are in nobody's way
};

}  // namespace g2afs
