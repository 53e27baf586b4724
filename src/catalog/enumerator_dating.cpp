// SPDX-License-Identifier: MIT
// The recordings that are only ready for transcode: ids without a time, dated by narrowing.
#include <algorithm>
#include <map>

#include "listing_pages.hpp"

#include "g2afs/catalog/enumerator.hpp"
#include "g2afs/net/concurrency.hpp"

namespace g2afs {

using std::chrono::seconds;

namespace {

// Halving finds a few ids in a long span with the fewest calls (two a step); where there is an id for every eight days,
// almost every part holds one, and eight parts at once save the steps between.
constexpr int kManyParts = 8;
constexpr int kDaysAnId = 8;

/// The span in adjoining parts, in order.
std::vector<DaySpan> parts_of(const DaySpan& span, std::size_t ids) {
  const int days = span.days();
  const bool dense = days <= static_cast<int>(ids) * kDaysAnId;
  const int count = std::min(days, dense ? kManyParts : 2);
  std::vector<DaySpan> parts;
  Day begin = span.begin;
  for (int i = 1; i <= count; ++i) {
    const Day end{span.begin.number + days * i / count};
    parts.push_back({begin, end});
    begin = end;
  }
  return parts;
}

}  // namespace

Task<Result<Harvest>> Enumerator::untranscoded(bool archived, DaySpan span, Listing first, KnownDates known) {
  if (first.ready_for_transcode.empty()) co_return Harvest{};
  const Window window = *visible(span);
  std::vector<RecordingId> undated = first.ready_for_transcode;
  auto dates = co_await date(archived, span, std::move(first), std::move(known));
  if (!dates) co_return fail(dates.error());

  // Ids that start exactly where the window ends belong to what comes after it.
  const Day last = zone_.day_of(window.end() - std::chrono::milliseconds{1});
  const bool any_last =
      std::any_of(dates->begin(), dates->end(), [&](const auto& dated) { return dated.second == last; });
  if (any_last && bounded(window)) {
    const auto after = co_await boundary(archived, window.end());
    if (!after) co_return fail(after.error());
    for (const RecordingId id : after->ready_for_transcode) {
      dates->erase(id);
      std::erase(undated, id);
    }
  }

  Harvest harvest;
  for (const auto& [id, day] : *dates) {
    Recording recording;
    recording.id = id;
    recording.start = zone_.begin_of(day);
    recording.archived = archived;
    harvest.recordings.emplace_back(day, std::move(recording));
  }

  std::erase_if(undated, [&](RecordingId id) { return dates->count(id) != 0; });
  if (!undated.empty()) {
    const auto entries = co_await look_up(std::move(undated), archived, window, harvest);
    if (!entries) co_return fail(entries.error());
  }
  co_return harvest;
}

Task<Result<Enumerator::Dates>> Enumerator::date(bool archived, DaySpan span, Listing listing, KnownDates known,
                                                 bool confirmed) {
  Dates dates;
  const auto window = visible(span);
  if (!window || listing.ready_for_transcode.empty()) co_return dates;

  if (span.days() == 1) {
    auto ids = co_await within_day(archived, *window, std::move(listing));
    if (!ids) co_return fail(ids.error());
    for (const RecordingId id : *ids) dates.emplace(id, span.begin);
    co_return dates;
  }

  if (!untranscoded_cut(listing)) {
    if (!confirmed) {
      auto certain = co_await confirm(archived, span, listing.ready_for_transcode, std::move(known));
      if (!certain) co_return fail(certain.error());
      known = std::make_shared<const Dates>(std::move(*certain));
      confirmed = true;
    }
    for (const RecordingId id : listing.ready_for_transcode) {
      if (const auto found = known->find(id); found != known->end()) dates.insert(*found);
    }
    if (dates.size() == listing.ready_for_transcode.size()) co_return dates;
  }

  std::vector<std::pair<bool, Window>> questions;
  std::vector<DaySpan> asked;
  for (const DaySpan& part : parts_of(span, listing.ready_for_transcode.size())) {
    if (const auto within = visible(part)) {
      questions.emplace_back(archived, *within);
      asked.push_back(part);
    }
  }
  auto listings = co_await list_all(std::move(questions));
  if (!listings) co_return fail(listings.error());
  if (asked.size() > 2 && !listings->front().ready_for_transcode.empty() &&
      listings->front().ready_for_transcode == listings->back().ready_for_transcode) {
    co_return fail(Errc::Unavailable, kIgnoresTimes);  // they do not even adjoin
  }
  std::vector<Task<Result<Dates>>> parts;
  for (std::size_t i = 0; i < asked.size(); ++i) {
    parts.push_back(date(archived, asked[i], std::move((*listings)[i]), known, confirmed));
  }
  const auto found = co_await join_results(loop_, std::move(parts));
  if (!found) co_return fail(found.error());
  for (const Dates& part : *found) {
    // In order, so that an id which both of two adjoining windows returned ends up in the later.
    for (const auto& [id, day] : part) dates.insert_or_assign(id, day);
  }
  co_return dates;
}

Task<Result<Enumerator::Dates>> Enumerator::confirm(bool archived, DaySpan span, std::vector<RecordingId> ids,
                                                    KnownDates known) {
  std::map<Day, std::vector<RecordingId>> supposed;
  for (const RecordingId id : ids) {
    const auto found = known->find(id);
    if (found != known->end() && span.contains(found->second)) supposed[found->second].push_back(id);
  }
  std::vector<std::pair<bool, Window>> questions;
  std::vector<Day> asked;
  for (const auto& [day, there] : supposed) {
    if (const auto window = visible(DaySpan::of_day(day))) {
      questions.emplace_back(archived, *window);
      asked.push_back(day);
    }
  }
  const auto listings = co_await list_all(std::move(questions));
  if (!listings) co_return fail(listings.error());
  Dates certain;
  for (std::size_t i = 0; i < asked.size(); ++i) {
    const auto& named = (*listings)[i].ready_for_transcode;
    for (const RecordingId id : supposed[asked[i]]) {
      if (std::find(named.begin(), named.end(), id) != named.end()) certain.emplace(id, asked[i]);
    }
  }
  co_return certain;
}

Task<Result<std::vector<RecordingId>>> Enumerator::within_day(bool archived, Window window, Listing listing) {
  if (!untranscoded_cut(listing)) co_return std::move(listing.ready_for_transcode);
  const Time middle = std::chrono::floor<seconds>(window.begin() + (window.end() - window.begin()) / 2);
  const auto left = Window::make(window.begin(), middle);
  const auto right = Window::make(middle, window.end());
  if (!left || !right) {
    log_.warn("listing: {} or more recordings that are ready for transcode start at {}: the API cannot list the others",
              kMaxIds, format_iso8601(window.begin()));
    co_return std::move(listing.ready_for_transcode);
  }
  std::vector<std::pair<bool, Window>> questions{{archived, *left}, {archived, *right}};
  auto listings = co_await list_all(std::move(questions));
  if (!listings) co_return fail(listings.error());
  Listing &first = listings->front(), &second = listings->back();
  if (untranscoded_cut(first) && first.ready_for_transcode == second.ready_for_transcode) {
    const auto later = co_await after_middle(archived, *right, first, &Listing::ready_for_transcode);
    if (!later) co_return fail(later.error());
  }
  std::vector<Task<Result<std::vector<RecordingId>>>> parts;
  parts.push_back(within_day(archived, *left, std::move(first)));
  parts.push_back(within_day(archived, *right, std::move(second)));
  const auto halves = co_await join_results(loop_, std::move(parts));
  if (!halves) co_return fail(halves.error());
  std::vector<RecordingId> ids;
  for (const auto& half : *halves) ids.insert(ids.end(), half.begin(), half.end());
  co_return ids;
}

Task<Result<Listing>> Enumerator::boundary(bool archived, Time end) {
  const auto second = Window::make(end, end + seconds{1});
  co_return co_await list(archived, *second);
}

}  // namespace g2afs
