// SPDX-License-Identifier: MIT
#include "g2afs/app/status_text.hpp"

#include <algorithm>
#include <chrono>
#include <cmath>
#include <initializer_list>
#include <string_view>
#include <utility>

#include <fmt/format.h>
#include <nlohmann/json.hpp>

#include "g2afs/app/progress_text.hpp"
#include "g2afs/app/text_line.hpp"
#include "g2afs/base/calendar.hpp"

namespace g2afs {
namespace {

using nlohmann::json;
using std::chrono::seconds;

// What is there of a daemon of any age.

using Path = std::initializer_list<const char*>;

const json& at(const json& status, Path path) {
  static const json nothing;
  const json* here = &status;
  for (const char* name : path) {
    if (!here->is_object() || !here->contains(name)) return nothing;
    here = &(*here)[name];
  }
  return *here;
}

std::optional<std::uint64_t> number(const json& status, Path path) {
  const json& value = at(status, path);
  const bool natural = value.is_number_unsigned() || (value.is_number_integer() && value.get<std::int64_t>() >= 0);
  return natural ? std::optional(value.get<std::uint64_t>()) : std::nullopt;
}

std::optional<std::string> text(const json& status, Path path) {
  const json& value = at(status, path);
  if (!value.is_string()) return std::nullopt;
  return value.get<std::string>();
}

bool is_true(const json& status, Path path) {
  const json& value = at(status, path);
  return value.is_boolean() && value.get<bool>();
}

std::optional<Time> time(const json& status, Path path) {
  const auto value = text(status, path);
  return value ? parse_iso8601(*value) : std::nullopt;
}

/// `errors: 2 x 503`, `1 x no answer`, a phrase each, of what is not 0.
void add_counts(std::vector<Phrase>& phrases, const json& counts, std::string before, std::string_view between,
                Paint paint = Paint::Plain) {
  if (!counts.is_object()) return;
  for (const auto& [key, count] : counts.items()) {
    if (!count.is_number_unsigned() || count.get<std::uint64_t>() == 0) continue;
    std::string name = key;
    std::replace(name.begin(), name.end(), '_', ' ');
    phrases.push_back({fmt::format("{}{}{}{}", before, count.get<std::uint64_t>(), between, name), paint});
    before.clear();
  }
}

/// The rows before the transfers.
class Summary {
 public:
  Summary(const json& status, const StatusStyle& style)
      : status_(status), style_(style), now_(time(status, {"time"})) {}

  std::vector<std::string> rows(const std::string& mountpoint) {
    title(mountpoint);
    row("API", api());
    row("Token", token());
    row("Recordings", recordings());
    row("Refresh", refresh());
    row("Media", media());
    row("Cache", cache());
    row("Files", files());
    return std::move(lines_);
  }

 private:
  using Phrases = std::vector<Phrase>;

  void title(const std::string& mountpoint) {
    TextLine line(style_.columns, style_.colour);
    line.add(text(status_, {"account"}).value_or("g2afs"), Paint::Strong);
    line.add(" at " + mountpoint);
    lines_.push_back(line.text());
    Phrases phrases;
    if (const auto version = text(status_, {"version"})) phrases.push_back({"g2afs " + *version});
    if (const auto pid = number(status_, {"pid"})) phrases.push_back({fmt::format("process {}", *pid)});
    if (const auto up = number(status_, {"uptime_seconds"})) phrases.push_back({"up " + format_duration(seconds(*up))});
    row("Daemon", phrases);
  }

  Phrases api() const {
    Phrases phrases;
    const bool up = is_true(status_, {"api", "up"});
    if (at(status_, {"api", "up"}).is_boolean()) {
      phrases.push_back(up ? Phrase{"answers", Paint::Good} : Phrase{"fails", Paint::Bad});
    }
    if (const auto last = ago({"api", "last_success"})) phrases.push_back({"last success " + *last});
    if (const auto requests = number(status_, {"api", "requests"})) {
      phrases.push_back({fmt::format("{} requests", *requests)});
    }
    add_counts(phrases, at(status_, {"api", "calls"}), "", " ");
    add_counts(phrases, at(status_, {"api", "errors"}), "errors: ", " x ", Paint::Doubtful);
    const auto error = text(status_, {"api", "last_error"});
    if (error) {
      const auto when = ago({"api", "last_failure"});
      phrases.push_back(
          {fmt::format("last error{}: {}", when ? " " + *when : "", *error), up ? Paint::Plain : Paint::Bad});
    }
    return phrases;
  }

  Phrases token() const {
    if (is_true(status_, {"token_fixed"})) return {{"fixed"}};
    const auto end = time(status_, {"token_expires"});
    if (end && now_ && *end > *now_) return {{"ends in " + format_duration(to_seconds(*end - *now_))}};
    if (end && now_) return {{"has ended", Paint::Doubtful}, {"the next call fetches another"}};
    return {};
  }

  Phrases recordings() const {
    Phrases phrases;
    if (const auto known = number(status_, {"recordings", "known"}))
      phrases.push_back({fmt::format("{} known", *known)});
    if (const auto bytes = number(status_, {"recordings", "bytes"})) phrases.push_back({format_bytes(*bytes)});
    add_counts(phrases, at(status_, {"recordings", "by_state"}), "", " ");
    return phrases;
  }

  Phrases refresh() const {
    Phrases phrases;
    if (const auto last = ago({"refresh", "last"})) phrases.push_back({"last " + *last});
    if (const auto error = text(status_, {"refresh", "last_error"}))
      phrases.push_back({"fails: " + *error, Paint::Bad});
    return phrases;
  }

  Phrases media() const {
    Phrases phrases;
    if (const auto requests = number(status_, {"media", "requests"})) {
      phrases.push_back({fmt::format("{} requests", *requests)});
    }
    if (const auto bytes = number(status_, {"media", "bytes"})) phrases.push_back({format_bytes(*bytes)});
    add_counts(phrases, at(status_, {"media", "errors"}), "errors: ", " x ", Paint::Doubtful);
    add_counts(phrases, at(status_, {"retries"}), "retries: ", " x ");
    return phrases;
  }

  Phrases cache() const {
    Phrases phrases;
    const auto add = [&](const char* name, Path used, Path limit) {
      const auto bytes = number(status_, used), most = number(status_, limit);
      if (!bytes || most == std::uint64_t{0}) return;
      phrases.push_back({fmt::format("{} {}{}", name, format_bytes(*bytes), most ? " of " + format_bytes(*most) : "")});
    };
    add("memory", {"cache", "memory_bytes"}, {"cache", "memory_limit_bytes"});
    add("disk", {"cache", "disk_bytes"}, {"cache", "disk_limit_bytes"});
    const auto read = number(status_, {"cache", "read_bytes"}), hit = number(status_, {"cache", "hit_bytes"});
    if (read && hit && *read > 0) {
      const double part = static_cast<double>(std::min(*hit, *read)) / static_cast<double>(*read);
      phrases.push_back({fmt::format("{:.0f} % of {} read were hits", 100 * part, format_bytes(*read))});
    }
    return phrases;
  }

  Phrases files() const {
    const json& files = at(status_, {"open_files"});
    if (!files.is_array()) return {};
    const auto such = [&](const char* what) {
      return std::count_if(files.begin(), files.end(), [&](const json& file) { return is_true(file, {what}); });
    };
    Phrases phrases{{fmt::format("{} open", files.size())}};
    if (const auto reading = such("reading")) phrases.push_back({fmt::format("{} being read", reading)});
    if (const auto kernel = such("passthrough"))
      phrases.push_back({fmt::format("{} read by the kernel itself", kernel)});
    return phrases;
  }

  static seconds to_seconds(Time::duration duration) { return std::chrono::floor<seconds>(duration); }
  std::optional<std::string> ago(Path path) const {
    const auto then = time(status_, path);
    if (!then || !now_) return std::nullopt;
    return format_duration(to_seconds(*now_ - *then)) + " ago";
  }
  void row(std::string_view label, const Phrases& phrases) {
    for (auto& line : lay_out(label, phrases, style_.columns, style_.colour)) lines_.push_back(std::move(line));
  }

  const json& status_;
  const StatusStyle& style_;
  const std::optional<Time> now_;
  std::vector<std::string> lines_;
};

/// How one file comes along: `18446744.mp4 [####----] 45 %  23 MB/s  0:06 left  8 streams`.
class Transfer {
 public:
  Transfer(const json& file, const TransferRates& rates, const StatusStyle& style)
      : style_(style),
        name_(text(file, {"file"}).value_or("?")),
        size_(number(file, {"size"}).value_or(0)),
        offset_(std::min(number(file, {"offset"}).value_or(0), size_)) {
    const json& last_read = at(file, {"last_read_seconds"});
    const bool waits = number(file, {"reads_waiting"}).value_or(0) > 0 && last_read.is_number();
    if (waits && last_read.get<double>() >= kLongWait) {
      speed_.push_back({"waits for " + format_duration(seconds(last_read.get<std::int64_t>())), Paint::Bad});
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
    TextLine line(style_.columns, style_.colour);
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
    TextLine below(style_.columns, style_.colour);
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
    const json& mean = at(file, {"bytes_per_second"});
    return mean.is_number() ? std::optional(mean.get<double>()) : std::nullopt;
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

  const StatusStyle& style_;
  const std::string name_;
  const std::uint64_t size_, offset_;
  std::vector<Phrase> speed_, feed_;
};

}  // namespace

void TransferRates::update(const json& status, Rate::Instant now) {
  const auto pid = number(status, {"pid"}).value_or(0);
  if (std::exchange(pid_, pid) != pid) seen_.clear();  // another daemon counts its opens anew
  std::map<std::uint64_t, Seen> still;
  const json& files = at(status, {"open_files"});
  for (const json& file : files.is_array() ? files : json::array()) {
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

std::vector<std::string> status_text(const json& status, const std::string& mountpoint, const TransferRates& rates,
                                     const StatusStyle& style) {
  std::vector<std::string> lines = Summary(status, style).rows(mountpoint);
  const json& files = at(status, {"open_files"});
  for (const json& file : files.is_array() ? files : json::array()) {
    if (!is_true(file, {"reading"})) continue;
    for (auto& line : Transfer(file, rates, style).lines()) lines.push_back(std::move(line));
  }
  return lines;
}

}  // namespace g2afs
