// SPDX-License-Identifier: MIT
// TransferRates: how fast each open file is read at present, by who looks at status.json again and again. Pure, time comes
// from outside; one thread.
#pragma once

#include <cstdint>
#include <map>
#include <optional>

#include <nlohmann/json_fwd.hpp>

#include "g2afs/app/rate.hpp"

namespace g2afs {

class TransferRates {
 public:
  void update(const nlohmann::json& status, Rate::Instant now);
  /// Bytes a second; nothing of an open that was seen but once.
  std::optional<double> of(std::uint64_t open) const;

 private:
  struct Seen {
    Rate rate;
    std::uint64_t bytes = 0;
    int times = 0;
  };
  std::map<std::uint64_t, Seen> seen_;
  std::uint64_t pid_ = 0;
};

}  // namespace g2afs
