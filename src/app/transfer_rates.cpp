// SPDX-License-Identifier: MIT
#include "g2afs/app/transfer_rates.hpp"

#include <utility>

#include "status_members.hpp"

namespace g2afs {

using namespace members;
using nlohmann::json;

void TransferRates::update(const json& status, Rate::Instant now) {
  const auto pid = number(status, {"pid"}).value_or(0);
  if (std::exchange(pid_, pid) != pid) seen_.clear();  // another daemon counts its opens anew
  std::map<std::uint64_t, Seen> still;
  for (const json& file : list(status, {"open_files"})) {
    const auto open = number(file, {"open"}), bytes = number(file, {"bytes_read"});
    if (!open || !bytes) continue;
    Seen seen = seen_[*open];
    if (*bytes < seen.bytes) seen = {};
    seen.rate.update(seen.bytes = *bytes, now);
    ++seen.times;
    still[*open] = seen;
  }
  seen_ = std::move(still);
}

std::optional<double> TransferRates::of(std::uint64_t open) const {
  const auto found = seen_.find(open);
  if (found == seen_.end() || found->second.times < 2) return std::nullopt;
  return found->second.rate.per_second();
}

}  // namespace g2afs
