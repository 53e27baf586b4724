// SPDX-License-Identifier: MIT
#include "sim/account_generator.hpp"

#include <algorithm>
#include <array>
#include <chrono>
#include <cmath>

#include "sim/iso_time.hpp"
#include "sim/random.hpp"

namespace g2a_sim {
namespace {

// Salts: what a hash is drawn for.
enum Salt : std::uint64_t { kDaySalt = 1, kHourSalt, kSecondSalt, kBurstSalt, kIdSalt, kTraitSalt };

struct Day {
  std::int64_t begin_ms;  // first and last millisecond of it that lie in the span
  std::int64_t end_ms;
  double weight;
};

double day_weight(std::uint64_t seed, std::int64_t day_number) {
  // 1970-01-01 was a Thursday; 0 is Sunday.
  const auto weekday = static_cast<std::size_t>((((day_number + 4) % 7) + 7) % 7);
  static constexpr std::array<double, 7> kWeekday{0.04, 1.1, 1.0, 1.0, 0.95, 0.8, 0.1};
  const std::uint64_t hash = hash_of(seed, kDaySalt, static_cast<std::uint64_t>(day_number));
  if (chance(hash, 6)) return 0;  // nobody worked
  return kWeekday[weekday] * (0.3 + 1.4 * unit_interval(mix64(hash)));
}

std::vector<Day> days_of_span(const SimOptions& options) {
  std::vector<Day> days;
  const std::int64_t first = options.from_ms >= 0 ? options.from_ms / kDayMs : (options.from_ms + 1) / kDayMs - 1;
  for (std::int64_t day = first; day * kDayMs < options.to_ms; ++day) {
    const std::int64_t begin = std::max(day * kDayMs, options.from_ms);
    const std::int64_t end = std::min((day + 1) * kDayMs, options.to_ms);
    const double share = static_cast<double>(end - begin) / static_cast<double>(kDayMs);
    days.push_back({begin, end, day_weight(options.seed, day) * share});
  }
  // A span of a single free day still has to hold its recordings.
  const bool idle = std::all_of(days.begin(), days.end(), [](const Day& d) { return d.weight == 0; });
  if (idle && !days.empty()) days.front().weight = 1;
  return days;
}

// Second of the day by office hours: a few at night, most between 8 and 18 h, fewer at noon.
std::int64_t office_second(std::uint64_t hash) {
  static constexpr std::array<double, 24> kHours{1,  1,  0,  0,  0,  1,  4,  14, 40, 60, 62, 55,
                                                 30, 52, 60, 58, 48, 30, 12, 6,  4,  3,  2,  1};
  static constexpr double kTotal = [] {
    double sum = 0;
    for (double hour : kHours) sum += hour;
    return sum;
  }();
  double rest = unit_interval(hash) * kTotal;
  std::size_t hour = 0;
  while (hour < 23 && rest >= kHours[hour]) rest -= kHours[hour++];
  return static_cast<std::int64_t>(hour) * 3600 + static_cast<std::int64_t>(mix64(hash ^ kHourSalt) % 3600);
}

void fill_day(const SimOptions& options, const Day& day, std::uint64_t first, std::uint64_t count,
              std::vector<std::int64_t>& starts) {
  starts.clear();
  std::int64_t second = 0;
  for (std::uint64_t i = 0; i < count; ++i) {
    const std::uint64_t hash = hash_of(options.seed, kSecondSalt, first + i);
    // A quarter follows hard on the one before: technicians reconnect.
    const bool burst = i != 0 && chance(hash_of(options.seed, kBurstSalt, first + i), 25);
    second =
        burst ? std::min<std::int64_t>(second + static_cast<std::int64_t>(hash % 90), 86'399) : office_second(hash);
    // Days cut by the span's ends are squeezed; whole seconds only, as the service reports them.
    const std::int64_t length = (day.end_ms - day.begin_ms) / kSecondMs;
    starts.push_back(day.begin_ms + second * length / 86'400 * kSecondMs);
  }
  std::sort(starts.begin(), starts.end());
}

Recording invent(const SimOptions& options, std::uint64_t rank, std::int64_t start_ms) {
  Recording recording;
  // Ids grow with time, but within groups of eight they are out of order, as when sessions are stored later
  // than they started. Gaps of 1 to 16 keep them unguessable.
  const std::uint64_t group = rank / 8;
  const bool whole_group = (group + 1) * 8 <= options.count;
  const std::uint64_t place = whole_group ? rank ^ (hash_of(options.seed, kIdSalt, group) & 7) : rank;
  recording.id = options.id_base + place * 16 + hash_of(options.seed, kIdSalt, place, 1) % 16;
  recording.start_ms = start_ms;
  const auto trait = [&](std::uint64_t which) { return hash_of(options.seed, kTraitSalt, which, rank); };
  recording.unattended = chance(trait(1), options.unattended_percent);
  recording.archived = chance(trait(2), options.archived_percent);
  recording.state = chance(trait(3), options.untranscoded_percent) ? State::kUntranscoded : State::kReady;
  recording.has_events = !chance(trait(4), options.no_events_percent);
  recording.has_thumbnail = !chance(trait(5), options.no_thumbnail_percent);
  if (!options.user_keys.empty()) recording.user = static_cast<std::uint16_t>(trait(6) % options.user_keys.size());
  if (!options.company_ids.empty()) {
    recording.company = static_cast<std::uint16_t>(trait(7) % options.company_ids.size());
  }
  return recording;
}

}  // namespace

std::vector<Recording> generate_recordings(const SimOptions& options) {
  std::vector<Recording> recordings;
  if (options.count == 0) return recordings;
  recordings.reserve(options.count);
  const std::vector<Day> days = days_of_span(options);
  double total = 0;
  for (const Day& day : days) total += day.weight;

  double cumulative = 0;
  std::vector<std::int64_t> starts;
  for (std::size_t i = 0; i < days.size(); ++i) {
    cumulative += days[i].weight;
    // Rounding the running sum, not each day, makes the counts add up; the last busy day takes what is left.
    const bool last = i + 1 == days.size() || cumulative >= total * (1 - 1e-12);
    const auto until =
        last ? options.count : static_cast<std::uint64_t>(cumulative / total * static_cast<double>(options.count));
    const std::uint64_t done = recordings.size();
    if (until <= done) continue;
    fill_day(options, days[i], done, until - done, starts);
    for (std::int64_t start : starts) recordings.push_back(invent(options, recordings.size(), start));
  }
  std::sort(recordings.begin(), recordings.end());  // equal start times: by id
  return recordings;
}

}  // namespace g2a_sim
