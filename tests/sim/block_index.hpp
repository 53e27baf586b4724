// SPDX-License-Identifier: MIT
// How many recordings of each class (state, archived, session type) every block of 256 consecutive recordings
// holds. A list that looks for rare ones in a million skips the blocks that have none, and a change of state
// costs two counters. Guarded by Account.
#pragma once

#include <array>
#include <cstdint>
#include <span>
#include <vector>

#include "sim/recording.hpp"

namespace g2a_sim {

class BlockIndex {
 public:
  static constexpr std::size_t kBlock = 256;

  // A set of classes, one bit each.
  using ClassSet = std::uint32_t;

  static constexpr ClassSet class_of(State state, bool archived, bool unattended) {
    return 1U << index_of(state, archived, unattended);
  }
  static ClassSet class_of(const Recording& r) { return class_of(r.state, r.archived, r.unattended); }

  void rebuild(std::span<const Recording> recordings) {
    blocks_.assign((recordings.size() + kBlock - 1) / kBlock, {});
    for (std::size_t i = 0; i < recordings.size(); ++i) add(i, recordings[i], 1);
  }
  // Call with -1 before the recording at `position` changes, and with 1 after.
  void add(std::size_t position, const Recording& r, int by) {
    auto& count = blocks_[position / kBlock][index_of(r.state, r.archived, r.unattended)];
    count = static_cast<std::uint16_t>(count + by);
  }
  bool block_holds_any(std::size_t position, ClassSet classes) const {
    const auto& counts = blocks_[position / kBlock];
    for (std::size_t i = 0; i < kClasses; ++i) {
      if (((classes >> i) & 1U) != 0 && counts[i] != 0) return true;
    }
    return false;
  }

 private:
  static constexpr std::size_t kClasses = 12;
  static constexpr unsigned index_of(State state, bool archived, bool unattended) {
    return static_cast<unsigned>(state) * 4 + (archived ? 2U : 0U) + (unattended ? 1U : 0U);
  }

  std::vector<std::array<std::uint16_t, kClasses>> blocks_;
};

}  // namespace g2a_sim
