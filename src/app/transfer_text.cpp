// SPDX-License-Identifier: MIT
#include "g2afs/app/transfer_text.hpp"

#include <algorithm>
#include <chrono>
#include <cmath>
#include <optional>

#include <fmt/format.h>

#include "status_members.hpp"

#include "g2afs/app/progress_text.hpp"

namespace g2afs {
namespace {

using namespace members;
using nlohmann::json;
using std::chrono::seconds;

class Transfer {
 public:
  Transfer(const json& file, const TransferRates& rates, const TextStyle& style)
      : style_(style),
        name_(text(file, {"file"}).value_or("?")),
        size_(number(file, {"size"}).value_or(0)),
        offset_(std::min(number(file, {"offset"}).value_or(0), size_)) {
    const bool waits = number(file, {"reads_waiting"}).value_or(0) > 0;
    const double waited = waits ? real(file, {"last_read_seconds"}).value_or(0) : 0;
    if (waited >= kLongWait) {
      speed_.push_back({"waits for " + format_duration(seconds(static_cast<std::int64_t>(waited))), Paint::Bad});
    } else if (const auto rate = rate_of(file, rates); rate && *rate >= 1) {
      speed_.push_back({format_bytes(static_cast<std::uint64_t>(*rate)) + "/s", Paint::Good});
      const double left = static_cast<double>(size_ - offset_) / *rate;
      if (left < kLongest) speed_.push_back({format_duration(seconds(static_cast<std::int64_t>(left + 1))) + " left"});
    }
    if (const auto streams = number(file, {"streams"})) {
      feed_.push_back({fmt::format("{} stream{}", *streams, *streams == 1 ? "" : "s")});
    }
    if (size_ > 0) feed_.push_back({fmt::format("{} of {}", format_bytes(offset_), format_bytes(size_))});
  }

  std::vector<std::string> lines() const {
    TextLine line(style_);
    if (style_.columns >= kWide) {
      line.add(fitted(name_, kName), Paint::Strong);
      line.add(" " + format_bar(offset_, size_, kBar) + done());
      add(line, speed_);
      add(line, feed_);
      return {line.text()};
    }
    line.add(name_, Paint::Strong);
    add(line, speed_);
    // The bar is what gives way.
    TextLine below(style_);
    const std::size_t others = kIndent + 2 + kDone + (feed_.empty() ? 0 : 2 + columns_of(feed_.front().text));
    const std::size_t bar = style_.columns > others + kShortestBar ? style_.columns - others : kShortestBar;
    below.add(std::string(kIndent, ' ') + format_bar(offset_, size_, bar) + done());
    add(below, feed_);
    return {line.text(), below.text()};
  }

 private:
  // From here on all is in one line, with a name that is as long as that of the largest id.
  static constexpr std::size_t kWide = 72, kName = 24, kBar = 12;
  static constexpr std::size_t kIndent = 2, kShortestBar = 8, kDone = 6;
  static constexpr double kLongWait = 3, kLongest = 100 * 86'400.0;  // seconds

  static std::optional<double> rate_of(const json& file, const TransferRates& rates) {
    const auto open = number(file, {"open"});
    if (const auto rate = open ? rates.of(*open) : std::nullopt) return rate;
    return real(file, {"bytes_per_second"});
  }
  std::string done() const {
    if (size_ == 0) return std::string(kDone, ' ');
    return fmt::format(" {:>3.0f} %", std::floor(100.0 * static_cast<double>(offset_) / static_cast<double>(size_)));
  }
  /// As many as there is room for.
  static void add(TextLine& line, const std::vector<Phrase>& phrases) {
    for (const Phrase& phrase : phrases) {
      if (columns_of(phrase.text) + 2 > line.room()) return;
      line.add("  ");
      line.add(phrase.text, phrase.paint);
    }
  }

  const TextStyle& style_;
  const std::string name_;
  const std::uint64_t size_, offset_;
  std::vector<Phrase> speed_, feed_;
};

}  // namespace

std::vector<std::string> transfer_text(const json& file, const TransferRates& rates, const TextStyle& style) {
  return Transfer(file, rates, style).lines();
}

}  // namespace g2afs
