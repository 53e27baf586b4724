// SPDX-License-Identifier: MIT
// What ControlBatcher's callers and its calls share: a seat an id, a flight a call. Loop thread only.
#pragma once

#include "g2afs/control/control_batcher.hpp"

namespace g2afs {

/// An id on its way, and who waits for it.
struct ControlBatcher::Seat {
  explicit Seat(DatedId dated) : id(dated) {}
  void settle(Result<void> result) {
    outcome = std::move(result);
    settled.notify_all();
  }

  const DatedId id;
  int waiting = 0;
  std::weak_ptr<Flight> flight;  // once it has taken off
  std::optional<Result<void>> outcome;
  Event settled;
};

/// A call: of all its seats, or in halves where it is refused.
struct ControlBatcher::Flight {
  Seats seats;
  TaskId task;
  std::size_t wanted = 0;  // seats that somebody waits for
  bool trouble = false;    // that is not about an id
  bool landed = false;
  Event landing;
};

/// Somebody who waits for a seat. The last one to go cancels the call.
class ControlBatcher::Passenger {
 public:
  Passenger(Loop& loop, std::shared_ptr<Seat> seat) : loop_(loop), seat_(std::move(seat)) { ++seat_->waiting; }
  Passenger(const Passenger&) = delete;
  Passenger& operator=(const Passenger&) = delete;
  ~Passenger() {
    if (--seat_->waiting != 0) return;
    const auto flight = seat_->flight.lock();
    if (flight && --flight->wanted == 0 && !flight->landed) loop_.cancel(flight->task);
  }

 private:
  Loop& loop_;
  std::shared_ptr<Seat> seat_;
};

}  // namespace g2afs
