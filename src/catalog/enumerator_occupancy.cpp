// SPDX-License-Identifier: MIT
// Which spans hold recordings at all: what a directory of years, months or days shows, without listing what is inside.
#include <algorithm>
#include <unordered_set>

#include "listing_pages.hpp"

#include "g2afs/catalog/enumerator.hpp"
#include "g2afs/net/concurrency.hpp"

namespace g2afs {
namespace {

/// Whether `listing` has an id that the listing of what adjoins it later has not.
bool has_own(const Listing& listing, const Listing& later) {
  std::unordered_set<RecordingId> others(later.ready_for_transcode.begin(), later.ready_for_transcode.end());
  others.insert(later.ready_for_download.begin(), later.ready_for_download.end());
  const auto own = [&](RecordingId id) { return others.count(id) == 0; };
  return std::any_of(listing.ready_for_download.begin(), listing.ready_for_download.end(), own) ||
         std::any_of(listing.ready_for_transcode.begin(), listing.ready_for_transcode.end(), own);
}

int year_of(const Zone& zone, Time time) { return ymd_of(zone.day_of(time)).year; }

}  // namespace

Task<Result<std::vector<bool>>> Enumerator::occupied(std::vector<DaySpan> spans) {
  std::vector<bool> occupied(spans.size(), false);
  const auto values = values_;
  for (const bool archived : values) {
    std::vector<bool> wanted = occupied;
    wanted.flip();
    auto found = co_await occupied_by(archived, spans, std::move(wanted));
    if (!found) co_return fail(found.error());
    const bool none_before = std::find(occupied.begin(), occupied.end(), true) == occupied.end();
    const bool any_now = std::find(found->begin(), found->end(), true) != found->end();
    if (none_before && any_now) prefer(archived);
    for (std::size_t i = 0; i < spans.size(); ++i) occupied[i] = occupied[i] || (*found)[i];
  }
  co_return occupied;
}

Task<Result<std::vector<bool>>> Enumerator::occupied_by(bool archived, std::vector<DaySpan> spans,
                                                        std::vector<bool> wanted) {
  // What starts exactly at a window's end may be returned too; it belongs to the later window. Where that one is asked
  // for as well, it returns it (fromTime is inclusive), and whatever it has not is the earlier one's own. Where it is
  // not, the window is asked for without its last second, which leaves no doubt; only if that is empty, with it.
  std::vector<std::optional<Window>> windows;
  for (std::size_t i = 0; i < spans.size(); ++i) windows.push_back(wanted[i] ? visible(spans[i]) : std::nullopt);
  std::vector<std::pair<bool, Window>> questions;
  std::vector<bool> alone(spans.size(), false);
  for (std::size_t i = 0; i < spans.size(); ++i) {
    if (!windows[i]) continue;
    const bool adjoined = i + 1 < spans.size() && windows[i + 1] && windows[i + 1]->begin() == windows[i]->end();
    const auto without_last = Window::make(windows[i]->begin(), windows[i]->end() - std::chrono::seconds{1});
    alone[i] = !adjoined && bounded(*windows[i]) && without_last;
    questions.emplace_back(archived, alone[i] ? *without_last : *windows[i]);
  }
  auto answers = co_await list_all(std::move(questions));
  if (!answers) co_return fail(answers.error());
  std::vector<Listing> listings(spans.size());
  for (std::size_t i = 0, next = 0; i < spans.size(); ++i) {
    if (windows[i]) listings[i] = std::move((*answers)[next++]);
  }

  std::vector<bool> occupied(spans.size(), false);
  std::vector<std::size_t> doubtful;  // nothing but, perhaps, in the last second
  for (std::size_t i = 0; i < spans.size(); ++i) {
    if (!windows[i]) continue;
    occupied[i] = has_own(listings[i], alone[i] || i + 1 == spans.size() ? Listing{} : listings[i + 1]);
    if (alone[i] && !occupied[i]) doubtful.push_back(i);
  }
  questions.clear();
  for (const std::size_t i : doubtful) questions.emplace_back(archived, *windows[i]);
  auto whole = co_await list_all(std::move(questions));
  if (!whole) co_return fail(whole.error());
  for (std::size_t n = 0; n < doubtful.size(); ++n) {
    if (empty((*whole)[n])) continue;
    const auto later = co_await boundary(archived, windows[doubtful[n]]->end());
    if (!later) co_return fail(later.error());
    occupied[doubtful[n]] = has_own((*whole)[n], *later);
  }
  co_return occupied;
}

Task<Result<std::vector<int>>> Enumerator::years(std::set<int> known) {
  const int this_year = year_of(zone_, clock_.wall_now());
  std::vector<Task<Result<std::optional<int>>>> questions;
  for (const bool archived : values_) questions.push_back(oldest_year(archived));
  const auto answers = co_await join_results(loop_, std::move(questions));
  if (!answers) co_return fail(answers.error());
  std::optional<int> oldest;
  for (const auto& year : *answers) {
    if (year) oldest = std::min(oldest.value_or(kLastYear), *year);
  }
  if (!oldest) co_return std::vector<int>{};

  std::vector<int> asked;
  std::vector<DaySpan> spans;
  for (int year = *oldest; year <= this_year; ++year) {
    if (known.contains(year)) continue;
    asked.push_back(year);
    spans.push_back(DaySpan::of_year(year));
  }
  const int after = std::max(*oldest, this_year + 1);
  // The future, which is empty but for a clock that is wrong somewhere.
  if (after <= kLastYear) spans.push_back({DaySpan::of_year(after).begin, DaySpan::all().end});
  const auto occupied_spans = co_await occupied(spans);
  if (!occupied_spans) co_return fail(occupied_spans.error());
  for (std::size_t i = 0; i < asked.size(); ++i) {
    if ((*occupied_spans)[i]) known.insert(asked[i]);
  }
  std::vector<int> years(known.begin(), known.end());
  if (after <= kLastYear && occupied_spans->back()) {
    const auto later = co_await years_within(after, kLastYear);
    if (!later) co_return fail(later.error());
    years.insert(years.end(), later->begin(), later->end());
  }
  co_return years;
}

Task<Result<std::optional<int>>> Enumerator::oldest_year(bool archived) {
  const auto page = co_await first_page_of(archived, DaySpan::all());
  if (!page) co_return fail(page.error());
  const Listing& listing = page->listing;
  std::optional<Time> oldest = page->oldest;
  if (!oldest && !listing.ready_for_download.empty()) {
    const auto ends = co_await ends_of(listing.ready_for_download);
    if (!ends) co_return fail(ends.error());
    oldest = ends->oldest;
  }
  std::optional<int> year;
  if (oldest) year = year_of(zone_, *oldest);
  if (listing.ready_for_transcode.empty() && (year || listing.ready_for_download.empty())) co_return year;
  const auto undated = co_await oldest_undated_year(archived, year);
  if (!undated) co_return fail(undated.error());
  co_return *undated;
}

Task<Result<int>> Enumerator::oldest_undated_year(bool archived, std::optional<int> oldest_dated) {
  // Halves the years before the first that is known until the first that holds any is found.
  int low = kFirstYear;
  int high = oldest_dated.value_or(std::min(year_of(zone_, clock_.wall_now()) + 1, kLastYear));
  bool any_before = !oldest_dated;  // if none is known there are some, but where?
  while (low < high) {
    const int middle = any_before ? low + (high - low) / 2 : high - 1;
    const auto part = visible({DaySpan::of_year(low).begin, DaySpan::of_year(middle).end});
    Listing found;
    if (part) {
      auto answer = co_await list(archived, *part);
      if (!answer) co_return fail(answer.error());
      found = std::move(*answer);
    }
    const bool any = !found.ready_for_transcode.empty() || (!oldest_dated && !found.ready_for_download.empty());
    // Most often the first question, about all of the years before, is the last.
    if (!any && !any_before) break;
    any_before = true;
    (any ? high : low) = any ? middle : middle + 1;
  }
  co_return high;
}

Task<Result<std::vector<int>>> Enumerator::years_within(int first, int last) {
  std::vector<int> years;
  const int middle = first + (last - first) / 2;
  std::vector<DaySpan> halves{{DaySpan::of_year(first).begin, DaySpan::of_year(middle).end}};
  if (first < last) halves.push_back({DaySpan::of_year(middle + 1).begin, DaySpan::of_year(last).end});
  const auto holds = co_await occupied(halves);
  if (!holds) co_return fail(holds.error());
  for (std::size_t i = 0; i < halves.size(); ++i) {
    if (!(*holds)[i]) continue;
    const int from = i == 0 ? first : middle + 1;
    const int to = i == 0 ? middle : last;
    if (from == to) {
      years.push_back(from);
      continue;
    }
    const auto inner = co_await years_within(from, to);
    if (!inner) co_return fail(inner.error());
    years.insert(years.end(), inner->begin(), inner->end());
  }
  co_return years;
}

}  // namespace g2afs
