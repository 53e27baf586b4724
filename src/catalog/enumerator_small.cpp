// SPDX-License-Identifier: MIT
// Spans of which a few pages tell everything: asking which of their parts hold recordings would take more calls.
#include <algorithm>
#include <set>
#include <unordered_set>

#include "listing_pages.hpp"

#include "g2afs/catalog/enumerator.hpp"
#include "g2afs/net/concurrency.hpp"

namespace g2afs {

using std::chrono::floor;
using std::chrono::seconds;

namespace {

// A page takes two calls, one after the other, and its recordings a third; which of a year's months hold recordings takes
// 12 to 24, four at a time, and which of a month's days more. The root has fewer years, mostly.
constexpr int kFewPages = 5;
constexpr int kFewPagesOfAll = 3;
constexpr int kMostDaysToDate = 31;
// The very first and the very last may have become unavailable since they were listed.
constexpr std::size_t kAtAnEnd = 20;

}  // namespace

Task<Result<std::optional<Harvest>>> Enumerator::enumerate_if_small(DaySpan span, Dates known) {
  auto first = co_await first_pages_of(span);
  if (!first) co_return fail(first.error());

  const bool long_span = span.days() > kMostDaysToDate;
  bool small = std::none_of(first->begin(), first->end(), [&](const FirstPage& page) {
    return untranscoded_cut(page.listing) || (long_span && !page.listing.ready_for_transcode.empty());
  });
  if (small) {
    std::vector<Task<Result<bool>>> completions;
    const auto window = visible(span);
    const int most = span == DaySpan::all() ? kFewPagesOfAll : kFewPages;
    for (FirstPage& page : *first) {
      if (window && ready_cut(page.listing)) completions.push_back(complete(page, *window, most));
    }
    const auto ends = [](const Result<bool>& completed) { return !completed || !*completed; };
    const auto results = co_await join_until<Result<bool>>(loop_, std::move(completions), ends);
    for (const auto& completed : results) {
      if (completed && !*completed) co_return fail(completed->error());
      small = small && completed && **completed;
    }
  }
  if (!small) {
    // The next question about the whole account starts from the same pages.
    if (span == DaySpan::all()) {
      for (FirstPage& page : *first) first_pages_[page.archived] = std::move(page);
    }
    co_return std::nullopt;
  }
  const bool one_page = std::none_of(first->begin(), first->end(), [](const auto& page) { return page.completed; });
  auto dates = std::make_shared<const Dates>(std::move(known));
  auto harvest = co_await follow(span, std::move(*first), std::move(dates));
  if (!harvest) co_return fail(harvest.error());
  harvest->one_page = one_page;
  co_return std::move(*harvest);
}

Task<Result<bool>> Enumerator::complete(FirstPage& first, Window window, int most) {
  std::vector<RecordingId> all = first.listing.ready_for_download;
  std::unordered_set<RecordingId> seen(all.begin(), all.end());
  std::vector<RecordingId> page = all;
  Time cursor = window.begin();
  for (int asked = 1; asked < most; ++asked) {
    const auto ends = co_await ends_of(page);
    if (!ends) co_return fail(ends.error());
    const Time newest = floor<seconds>(ends->newest.value_or(cursor));
    if (newest <= cursor) co_return false;
    cursor = newest;
    if (asked == 1) {
      first.oldest = ends->oldest;
      if (!first.oldest) co_return false;
      // Recordings may have come to an end long ago: is there anything where so many pages like the first would end?
      const Time far = floor<seconds>(cursor + most * ends->length());
      if (const auto beyond = Window::make(far, floor<seconds>(busy_end(window)))) {
        const auto there = co_await list(first.archived, *beyond);
        if (!there) co_return fail(there.error());
        if (!there->ready_for_download.empty()) co_return false;
      }
    }
    Listing next;
    if (const auto rest = Window::make(cursor, window.end())) {
      auto answer = co_await list(first.archived, *rest);
      if (!answer) co_return fail(answer.error());
      next = std::move(*answer);
    }
    page = next.ready_for_download;
    for (const RecordingId id : page) {
      if (seen.insert(id).second) all.push_back(id);
    }
    if (ready_cut(next)) continue;
    first.listing.ready_for_download = std::move(all);
    first.completed = true;
    co_return true;
  }
  co_return false;
}

Task<Result<Enumerator::Page>> Enumerator::ends_of(const std::vector<RecordingId>& ids) {
  const auto count = static_cast<std::ptrdiff_t>(std::min(kAtAnEnd, ids.size()));
  std::vector<RecordingId> first(ids.begin(), ids.begin() + count), last(ids.end() - count, ids.end());
  std::set<RecordingId> both(first.begin(), first.end());
  both.insert(last.begin(), last.end());
  const auto entries = co_await api_.urls({both.begin(), both.end()});
  if (!entries) co_return fail(entries.error());
  on_entries_(*entries);
  Page at_first, at_last;
  for (const MediaEntry& entry : *entries) {
    if (std::find(first.begin(), first.end(), entry.id) != first.end()) at_first.add(entry.start);
    if (std::find(last.begin(), last.end(), entry.id) != last.end()) at_last.add(entry.start);
  }
  at_first.newest = at_last.newest;
  co_return at_first;
}

}  // namespace g2afs
