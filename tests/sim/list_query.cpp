// SPDX-License-Identifier: MIT
#include "sim/list_query.hpp"

#include <algorithm>
#include <array>

#include <fmt/format.h>

#include "sim/iso_time.hpp"

namespace g2a_sim {
namespace {

constexpr std::array<std::string_view, 8> kParameters{"accountKey", "userKey", "companyId",  "sessionType",
                                                      "fromTime",   "toTime",  "timePeriod", "archived"};
constexpr std::uint64_t kMaxDays = 1'000'000;  // longer periods reach before any recording all the same

// Reads one query; throws Refusal.
class Reader {
 public:
  Reader(const Fields& query, const SimOptions& options) : query_(query), options_(options) {}

  ListFilter read(std::int64_t now_ms) const {
    for (const std::string_view name : kParameters) refuse_repetition(name);
    ListFilter filter;
    read_keys(filter);
    if (const auto type = zero_or_one("sessionType")) filter.unattended = *type;
    filter.archived = zero_or_one("archived").value_or(false);
    if (const auto from = time("fromTime")) filter.from_ms = *from;
    if (const auto to = time("toTime")) filter.end_ms = *to + (options_.to_time_inclusive ? 1 : 0);
    if (const auto days = number("timePeriod")) {
      const auto period = static_cast<std::int64_t>(std::min(*days, kMaxDays)) * kDayMs;
      filter.from_ms = std::max(filter.from_ms, now_ms - period);
    }
    return filter;
  }

 private:
  // The recordings of any of an account's keys are all of them; a user's are those whose session they led; a
  // company's are unattended ones only (the vendor's words).
  void read_keys(ListFilter& filter) const {
    const auto account = key("accountKey", options_.account_keys);
    filter.user = key("userKey", options_.user_keys);
    filter.company = key("companyId", options_.company_ids);
    if (!account && !filter.user && !filter.company) {
      throw Refusal{400, "one of accountKey, userKey and companyId is required"};
    }
  }

  std::optional<std::uint16_t> key(const char* name, const std::vector<std::uint64_t>& known) const {
    const auto value = number(name);
    if (!value) return std::nullopt;
    const auto it = std::find(known.begin(), known.end(), *value);
    if (it == known.end()) throw Refusal{403, fmt::format("{} {} is not yours", name, *value)};
    return static_cast<std::uint16_t>(it - known.begin());
  }
  std::optional<std::uint64_t> number(const char* name) const {
    const auto text = form_value(query_, name);
    if (!text) return std::nullopt;
    const auto value = parse_unsigned(*text);
    if (!value) refuse(name, *text, "is not a number");
    return value;
  }
  std::optional<bool> zero_or_one(const char* name) const {
    const auto text = form_value(query_, name);
    if (!text) return std::nullopt;
    if (*text != "0" && *text != "1") refuse(name, *text, "is not 0 or 1");
    return *text == "1";
  }
  std::optional<std::int64_t> time(const char* name) const {
    const auto text = form_value(query_, name);
    if (!text) return std::nullopt;
    const auto ms = parse_iso8601(*text);
    if (!ms) refuse(name, *text, "is not an ISO 8601 time");
    return ms;
  }
  void refuse_repetition(std::string_view name) const {
    const auto count = std::count_if(query_.begin(), query_.end(), [&](const auto& p) { return p.first == name; });
    if (count > 1) throw Refusal{400, fmt::format("{} is there {} times", name, count)};
  }
  [[noreturn]] static void refuse(const char* name, const std::string& value, const char* why) {
    throw Refusal{400, fmt::format("{}: \"{}\" {}", name, value, why)};
  }

  const Fields& query_;
  const SimOptions& options_;
};

}  // namespace

std::variant<ListFilter, Refusal> parse_list_query(const Fields& query, const SimOptions& options,
                                                   std::int64_t now_ms) {
  try {
    return Reader(query, options).read(now_ms);
  } catch (const Refusal& refusal) {
    return refusal;
  }
}

std::string unknown_parameters(const Fields& query) {
  std::string names;
  for (const auto& [name, value] : query) {
    if (std::find(kParameters.begin(), kParameters.end(), name) != kParameters.end()) continue;
    names += (names.empty() ? "unknown parameter " : ", ") + name;
  }
  return names;
}

}  // namespace g2a_sim
