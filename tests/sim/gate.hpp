// SPDX-License-Identifier: MIT
// Waits that can be cut short: by a deadline, by release(), or because the client went away. Who may have to
// wait takes a ticket first, before it looks at what would make it wait: a release() between that look and
// the wait must not be missed. A ticket holds an eventfd, which stays readable once released; later tickets
// get a new one. Any thread.
#pragma once

#include <memory>
#include <mutex>

namespace g2a_sim {

class Gate {
  struct Event {
    Event();
    Event(const Event&) = delete;
    Event& operator=(const Event&) = delete;
    ~Event();
    int fd;
  };

 public:
  enum class Woken { kDeadline, kReleased, kGone };

  class Ticket {
   public:
    // Waits for at most `seconds`; 0 is for ever. `socket` may be -1; it counts as gone once its peer has
    // closed (also by half: a client that still wants an answer does not).
    Woken wait(int socket, double seconds) const;

   private:
    friend Gate;
    explicit Ticket(std::shared_ptr<Event> event) : event_(std::move(event)) {}
    std::shared_ptr<Event> event_;
  };

  Gate();

  Ticket ticket();
  // Ends all waits on the tickets given out so far.
  void release();
  // As release(), and later tickets do not wait either.
  void close();

 private:
  std::mutex mutex_;
  bool closed_ = false;
  std::shared_ptr<Event> event_;
};

}  // namespace g2a_sim
