// SPDX-License-Identifier: MIT
#include "g2afs/app/status_text.hpp"

#include <algorithm>
#include <chrono>
#include <optional>
#include <string_view>

#include <fmt/format.h>

#include "status_members.hpp"

#include "g2afs/app/progress_text.hpp"
#include "g2afs/app/transfer_text.hpp"

namespace g2afs {
namespace {

using namespace members;
using nlohmann::json;
using std::chrono::seconds;

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
  Summary(const json& status, const TextStyle& style) : status_(status), style_(style), now_(time(status, {"time"})) {}

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
    TextLine line(style_);
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
      phrases.push_back({fmt::format("{} request{}", *requests, *requests == 1 ? "" : "s")});
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
      phrases.push_back({fmt::format("{} request{}", *requests, *requests == 1 ? "" : "s")});
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
      phrases.push_back({fmt::format("hits {:.0f} % of {} read", 100 * part, format_bytes(*read))});
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
    for (auto& line : lay_out(label, phrases, style_)) lines_.push_back(std::move(line));
  }

  const json& status_;
  const TextStyle& style_;
  const std::optional<Time> now_;
  std::vector<std::string> lines_;
};

}  // namespace

std::vector<std::string> status_text(const json& status, const std::string& mountpoint, const TransferRates& rates,
                                     const TextStyle& style) {
  std::vector<std::string> lines = Summary(status, style).rows(mountpoint);
  for (const json& file : list(status, {"open_files"})) {
    if (!is_true(file, {"reading"})) continue;
    for (auto& line : transfer_text(file, rates, style)) lines.push_back(std::move(line));
  }
  return lines;
}

}  // namespace g2afs
