// SPDX-License-Identifier: MIT
#include "g2afs/app/progress_text.hpp"

#include <algorithm>

#include <fmt/format.h>

namespace g2afs {

std::string format_bytes(std::uint64_t bytes) {
  if (bytes < 1000) return fmt::format("{} B", bytes);
  auto value = static_cast<double>(bytes);
  const char* unit = "kMGTPE";
  // Not 1000 of a unit, which 999.9 would be rounded to.
  for (value /= 1000; value >= 999.5; value /= 1000) ++unit;
  return value < 9.95 ? fmt::format("{:.1f} {}B", value, *unit) : fmt::format("{:.0f} {}B", value, *unit);
}

std::string format_duration(std::chrono::seconds duration) {
  const auto seconds = std::max<std::int64_t>(duration.count(), 0);
  const auto hours = seconds / 3600, minutes = seconds / 60 % 60;
  if (hours > 0) return fmt::format("{}:{:02}:{:02}", hours, minutes, seconds % 60);
  return fmt::format("{}:{:02}", minutes, seconds % 60);
}

std::string format_bar(std::uint64_t done, std::uint64_t total, std::size_t width) {
  // Whole only when it is.
  const double part = total == 0 ? 0 : static_cast<double>(std::min(done, total)) / static_cast<double>(total);
  const auto full = std::min(static_cast<std::size_t>(part * static_cast<double>(width)), width);
  return fmt::format("[{:#<{}}{:-<{}}]", "", full, "", width - full);
}

}  // namespace g2afs
