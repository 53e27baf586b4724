// SPDX-License-Identifier: MIT
#include "g2afs/net/concurrency.hpp"

#include <algorithm>

namespace g2afs {

Task<Gate::Permit> Gate::enter(int rank, std::size_t weight) {
  // By destructor, so that a cancelled waiter leaves the line, and hands on a turn that had just come to it.
  struct Place {
    Gate& gate;
    std::shared_ptr<Turn> turn = std::make_shared<Turn>();
    bool taken = false;
    Place(Gate& owner, int rank, std::size_t weight) : gate(owner) {
      turn->rank = rank;
      turn->weight = std::min(weight, gate.limit_);
      const auto behind =
          std::find_if(gate.line_.begin(), gate.line_.end(), [rank](const auto& other) { return other->rank > rank; });
      gate.line_.insert(behind, turn);
    }
    ~Place() {
      if (taken) return;
      std::erase(gate.line_, turn);
      // Either way those behind it may fit now.
      gate.leave(turn->granted ? turn->weight : 0);
    }
  } place(*this, rank, weight);
  admit();
  while (!place.turn->granted) co_await place.turn->come.wait();
  place.taken = true;
  co_return Permit(*this, place.turn->weight);
}

std::optional<Gate::Permit> Gate::try_enter(std::size_t weight) {
  weight = std::min(weight, limit_);
  if (!line_.empty() || weight > free_) return std::nullopt;
  free_ -= weight;
  return Permit(*this, weight);
}

void Gate::leave(std::size_t weight) {
  free_ += weight;
  admit();
}

void Gate::admit() {
  while (!line_.empty() && line_.front()->weight <= free_) {
    const auto next = std::move(line_.front());
    line_.pop_front();
    free_ -= next->weight;
    next->granted = true;
    next->come.notify_all();
  }
}

}  // namespace g2afs
