// SPDX-License-Identifier: MIT
// Delivery: one stretch of a file that is on its way into its blocks, from the network (Fetch) or from the disk cache
// (DiskRead). Loop thread only; used by ContentFile.
//
// It runs as a task of its own until its stretch is complete, it failed for good, or it is cancelled because nobody
// wants it any more.
#pragma once

#include <cstdint>
#include <memory>
#include <optional>

#include "g2afs/base/error.hpp"
#include "g2afs/content/content_file.hpp"
#include "g2afs/net/event.hpp"
#include "g2afs/net/loop.hpp"

namespace g2afs {

class Delivery {
 public:
  Delivery() = default;
  Delivery(const Delivery&) = delete;
  Delivery& operator=(const Delivery&) = delete;
  virtual ~Delivery() = default;

  /// The task to spawn; keeps the file and the delivery alive.
  static Task<> run(std::shared_ptr<ContentFile> file, std::shared_ptr<Delivery> delivery);

  /// What it will still bring, from the page on that is coming just now; empty once it has brought everything.
  virtual ByteRange rest() const = 0;
  /// Whether it is a pass over the whole file.
  virtual bool passing() const { return false; }
  /// Whether a request of it is under way, not only in line.
  virtual bool asking() const { return false; }
  /// Whether to let it come to its end, where nobody wants it any more, costs less than a new connection.
  virtual bool soon_over() const { return false; }
  /// Bytes up to `end` are wanted: a paused pass over the file goes on.
  virtual void want(std::uint64_t) {}
  /// Somebody begins to wait for it.
  virtual void waited_for() {}

  /// Notified whenever pages have come, and when it ends.
  Event progress;
  /// Set when it ends: what went wrong, if anything did.
  bool ended = false;
  std::optional<Error> error;
  int waiting = 0;        // reads that wait for its bytes
  bool unwanted = false;  // it comes to its end, and does not try again
  TaskId task;

 private:
  virtual Task<std::optional<Error>> bring() = 0;
  /// It ends, whether or not it was cancelled.
  virtual void leave() {}
};

}  // namespace g2afs
