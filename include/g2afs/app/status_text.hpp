// SPDX-License-Identifier: MIT
// What status.json says, for people. Any thread; pure.
//
// It may be of an older or a newer daemon: what is missing, or of another kind than it should be, is left out.
#pragma once

#include <cstdint>
#include <map>
#include <optional>
#include <string>
#include <vector>

#include <nlohmann/json_fwd.hpp>

#include "g2afs/app/rate.hpp"

namespace g2afs {

/// How fast each open file is read at present, by who looks at status.json again and again.
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

struct StatusStyle {
  std::size_t columns = 79;
  bool colour = false;
};

/// Lines of at most so many columns: of the mount (at `mountpoint`) first, then one or two for each file that is being
/// read.
std::vector<std::string> status_text(const nlohmann::json& status, const std::string& mountpoint,
                                     const TransferRates& rates, const StatusStyle& style);

}  // namespace g2afs
