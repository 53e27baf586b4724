// SPDX-License-Identifier: MIT
// Requests: those whose answer the loop gives. Each is answered exactly once, whatever happens to the task behind it.
//
// A worker hands a request over with defer() and is free again. On the loop, a task begins with the only Reply for it.
// Who answers takes the request out of the table first, so a second answer finds nothing: the task's own, the EINTR of
// a Reply that ends without one (its task was cancelled), or the EIO of close().
//
// Interrupts. The kernel sends INTERRUPT when a signal arrives for a process that waits; a worker gets it and posts to the
// loop that the task may have to be cancelled. libfuse copies the callback's `data` before it calls it, without holding
// anything that would keep the loop from answering and forgetting the request in between. So `data` is a serial number
// that is looked up on the loop, never a pointer. Only who has been signalled (pending_signals.hpp) is let go; the kernel
// does not tell of what comes later, so the others are looked after until they are answered.
//
// Held by shared_ptr: tasks may outlive the session; what they answer then reaches nobody.
#pragma once

#include <cstdint>
#include <memory>
#include <mutex>
#include <optional>
#include <set>
#include <unordered_map>
#include <utility>

#include "g2afs/fuse/lowlevel.hpp"
#include "g2afs/net/clock.hpp"
#include "g2afs/net/loop.hpp"

namespace g2afs {

class Reply;

class Requests : public std::enable_shared_from_this<Requests> {
 public:
  Requests(Loop& loop, Clock& clock) : loop_(loop), clock_(clock) {}

  /// Any thread. `start(Reply)` makes the task that answers; it is called on the loop, soon.
  template <class Start>
  void defer(fuse_req_t request, Start start) {
    if (const auto serial = admit(request)) {
      loop_.post([self = shared_from_this(), serial = *serial, start = std::move(start)]() mutable {
        self->begin(serial, std::move(start));
      });
    }
  }

  /// Loop thread. Answers everything that waits with EIO and cancels its tasks; whatever is deferred from now on fails
  /// at once.
  void close();

 private:
  friend class Reply;
  using Serial = std::uintptr_t;  // travels through libfuse as a void*
  struct Waiting {
    fuse_req_t request;
    pid_t thread;                  // that waits; 0: not to be seen from here
    bool let_go = false;           // perhaps before it began
    std::optional<TaskId> task{};  // once it has begun
  };

  std::optional<Serial> admit(fuse_req_t request);
  static void on_interrupt(fuse_req_t request, void* serial);
  template <class Start>
  void begin(Serial serial, Start start);
  bool was_interrupted(Serial serial) const;
  bool wanted(Serial serial) const;
  void began(Serial serial, TaskId task);
  void on_interrupt(Serial serial);
  /// Whether it still waits; lets go who has been signalled.
  bool still_waits(Serial serial);
  static Task<> look_after_interrupted(std::shared_ptr<Requests> self);
  fuse_req_t take(Serial serial);

  Loop& loop_;
  Clock& clock_;
  /// Those the kernel told of, and nobody has been signalled: look_after_interrupted() runs. Loop thread only.
  std::set<Serial> interrupted_;
  mutable std::mutex mutex_;
  bool closed_ = false;
  Serial last_serial_ = 0;
  std::unordered_map<Serial, Waiting> waiting_;
};

/// The right to answer one request. Loop thread only. If it ends unused, the request is answered with EINTR: nothing
/// but a cancelled task ends without an answer.
class Reply {
 public:
  Reply(Reply&& other) noexcept = default;
  Reply& operator=(Reply&&) = delete;
  ~Reply();

  /// The request, for the one fuse_reply_…() it must get now; null if it has been answered by close().
  fuse_req_t take() { return requests_->take(serial_); }

 private:
  friend class Requests;
  Reply(std::shared_ptr<Requests> requests, Requests::Serial serial)
      : requests_(std::move(requests)), serial_(serial) {}

  std::shared_ptr<Requests> requests_;
  Requests::Serial serial_;
};

template <class Start>
void Requests::begin(Serial serial, Start start) {
  Reply reply(shared_from_this(), serial);
  if (was_interrupted(serial)) on_interrupt(serial);
  if (wanted(serial)) began(serial, loop_.spawn(start(std::move(reply))));
}

}  // namespace g2afs
