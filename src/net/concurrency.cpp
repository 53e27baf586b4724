// SPDX-License-Identifier: MIT
#include "g2afs/net/concurrency.hpp"

#include <algorithm>

namespace g2afs {

Task<Gate::Permit> Gate::enter(int rank) {
  if (free_ > 0) {
    --free_;
    co_return Permit(*this);
  }
  // By destructor, so that a cancelled waiter leaves the line, and hands on a turn that had just come to it.
  struct Place {
    Gate& gate;
    std::shared_ptr<Turn> turn = std::make_shared<Turn>();
    bool taken = false;
    Place(Gate& owner, int rank) : gate(owner) {
      turn->rank = rank;
      const auto behind =
          std::find_if(gate.line_.begin(), gate.line_.end(), [rank](const auto& other) { return other->rank > rank; });
      gate.line_.insert(behind, turn);
    }
    ~Place() {
      if (taken) return;
      std::erase(gate.line_, turn);
      if (turn->granted) gate.leave();
    }
  } place(*this, rank);
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
