// SPDX-License-Identifier: MIT
#include "g2afs/net/concurrency.hpp"

#include <algorithm>

namespace g2afs {

Task<Gate::Permit> Gate::enter() {
  if (free_ > 0) {
    --free_;
    co_return Permit(*this);
  }
  // By destructor, so that a cancelled waiter leaves the line, and hands on a turn that had just come to it.
  struct Place {
    Gate& gate;
    std::shared_ptr<Turn> turn = std::make_shared<Turn>();
    bool taken = false;
    explicit Place(Gate& owner) : gate(owner) { gate.line_.push_back(turn); }
    ~Place() {
      if (taken) return;
      std::erase(gate.line_, turn);
      if (turn->granted) gate.leave();
    }
  } place(*this);
  while (!place.turn->granted) co_await place.turn->come.wait();
  place.taken = true;
  co_return Permit(*this);
}

void Gate::leave() {
  if (line_.empty()) {
    ++free_;
    return;
  }
  const auto next = std::move(line_.front());
  line_.pop_front();
  next->granted = true;
  next->come.notify_all();
}

}  // namespace g2afs
