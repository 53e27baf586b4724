// SPDX-License-Identifier: MIT
// The downloadable recordings of a window, page by page: the next page starts where the last known start time is.
#include <algorithm>
#include <map>

#include "listing_pages.hpp"

#include "g2afs/catalog/enumerator.hpp"
#include "g2afs/net/concurrency.hpp"

namespace g2afs {

using std::chrono::floor;
using std::chrono::seconds;

namespace {

// A window that seems to take twenty pages or more is paged in parts, of ten at least: a part's last page is half empty
// on average, so more parts would cost more calls than the API gives time back (it takes four at once by default).
constexpr int kPagesAPart = 10;
constexpr int kMostParts = 8;

constexpr auto kClockError = std::chrono::hours{24};

void append(Harvest& harvest, Harvest more) {
  std::move(more.recordings.begin(), more.recordings.end(), std::back_inserter(harvest.recordings));
  harvest.undated.insert(harvest.undated.end(), more.undated.begin(), more.undated.end());
}

Harvest concatenate(std::vector<Harvest> parts) {
  Harvest all;
  for (Harvest& part : parts) append(all, std::move(part));
  return all;
}

}  // namespace

void Enumerator::Page::add(std::optional<Time> start) {
  undated = undated || !start;
  if (!start) return;
  oldest = std::min(oldest.value_or(*start), *start);
  newest = std::max(newest.value_or(*start), *start);
}

Task<Result<Harvest>> Enumerator::only_page(Window window, FirstPages whole) {
  std::vector<RecordingId> ids;
  std::unordered_map<RecordingId, bool> archived_of;
  for (const FirstPage& page : whole) {
    for (const RecordingId id : page.listing.ready_for_download) {
      const auto [at, fresh] = archived_of.try_emplace(id, page.archived);
      if (fresh) ids.push_back(id);
      at->second = at->second || page.archived;  // archived between the two questions
    }
  }
  Harvest harvest;
  if (ids.empty()) co_return harvest;
  const auto entries = co_await look_up(std::move(ids), false, window, harvest);
  if (!entries) co_return fail(entries.error());
  for (auto& found : harvest.recordings) found.second.archived = archived_of.at(found.second.id);
  co_return harvest;
}

Task<Result<Harvest>> Enumerator::pages(bool archived, Window window, Listing first, bool may_split) {
  Harvest harvest;
  // Of the ids that may be returned again; nothing where `urls` has no entry.
  std::unordered_map<RecordingId, std::optional<Time>> starts;
  Time cursor = window.begin();
  for (Listing listing = std::move(first);;) {
    std::vector<RecordingId> fresh;
    for (const RecordingId id : listing.ready_for_download) {
      if (starts.try_emplace(id).second) fresh.push_back(id);
    }
    const bool nothing_new = fresh.empty();
    if (!nothing_new) {
      const auto entries = co_await look_up(std::move(fresh), archived, window, harvest);
      if (!entries) co_return fail(entries.error());
      for (const MediaEntry& entry : *entries) starts.insert_or_assign(entry.id, entry.start);
    }
    if (!ready_cut(listing) || (nothing_new && listing.ready_for_download.size() < kMaxIds)) co_return harvest;

    Page page;
    for (const RecordingId id : listing.ready_for_download) page.add(starts.at(id));
    Time next = page.newest ? floor<seconds>(*page.newest) : cursor;
    if (next <= cursor) {
      if (page.oldest && *page.oldest < floor<seconds>(cursor)) {
        co_return fail(Errc::Unavailable,
                       "list: the API answers with recordings before fromTime: they cannot be paged");
      }
      const auto rest = Window::make(cursor, window.end());
      if (page.undated && rest) {
        // Without times to go by, the window can only be narrowed.
        auto narrowed = co_await halves(archived, *rest);
        if (!narrowed) co_return fail(narrowed.error());
        append(harvest, std::move(*narrowed));
        co_return harvest;
      }
      log_.warn("listing: {} or more recordings start at {}: the API cannot list the others", kMaxIds,
                format_iso8601(floor<seconds>(cursor)));
      next = floor<seconds>(cursor) + seconds{1};
    }
    const auto rest = Window::make(next, window.end());
    if (!rest) co_return harvest;
    if (may_split) {
      auto parts = co_await pages_of(archived, split(*rest, page));
      if (!parts) co_return fail(parts.error());
      append(harvest, std::move(*parts));
      co_return harvest;
    }
    cursor = next;
    std::erase_if(starts, [&](const auto& known) { return known.second && *known.second < cursor; });
    auto answer = co_await list(archived, *rest);
    if (!answer) co_return fail(answer.error());
    listing = std::move(*answer);
  }
}

Time Enumerator::busy_end(const Window& window) const {
  return std::min(window.end(), clock_.wall_now() + kClockError);
}

std::vector<Window> Enumerator::split(const Window& rest, const Page& page) const {
  // As if recordings came on as they did in the first page.
  const auto busy = busy_end(rest) - rest.begin();
  const auto parts = std::min<std::int64_t>(busy / page.length() / kPagesAPart, kMostParts);
  std::vector<Window> windows;
  Time begin = rest.begin();
  for (std::int64_t i = 1; i < parts; ++i) {
    const auto part = Window::make(begin, floor<seconds>(rest.begin() + busy * i / parts));
    if (!part) continue;
    windows.push_back(*part);
    begin = part->end();
  }
  windows.push_back(*Window::make(begin, rest.end()));
  return windows;
}

Task<Result<Harvest>> Enumerator::pages_of(bool archived, std::vector<Window> windows) {
  struct Part {
    static Task<Result<Harvest>> run(Enumerator& self, bool of, Window window) {
      auto first = co_await self.list(of, window);
      if (!first) co_return fail(first.error());
      co_return co_await self.pages(of, window, std::move(*first), false);
    }
  };
  std::vector<Task<Result<Harvest>>> parts;
  for (const Window& window : windows) parts.push_back(Part::run(*this, archived, window));
  auto found = co_await join_results(loop_, std::move(parts));
  co_return std::move(found).map(concatenate);
}

void Enumerator::warn_unavailable(Time start) const {
  log_.warn("listing: {} or more recordings that are not available start at {}: the API cannot list the others",
            kMaxIds, format_iso8601(start));
}

Task<Result<Harvest>> Enumerator::halves(bool archived, Window window) {
  const Time middle = floor<seconds>(window.begin() + (window.end() - window.begin()) / 2);
  const auto left = Window::make(window.begin(), middle);
  const auto right = Window::make(middle, window.end());
  if (!left || !right) {
    warn_unavailable(window.begin());
    co_return Harvest{};
  }
  std::vector<std::pair<bool, Window>> questions{{archived, *left}, {archived, *right}};
  auto listings = co_await list_all(std::move(questions));
  if (!listings) co_return fail(listings.error());
  Listing &first = listings->front(), &second = listings->back();
  if (ready_cut(first) && first.ready_for_download == second.ready_for_download) {
    auto later = co_await after_middle(archived, *right, first, &Listing::ready_for_download);
    if (!later) co_return fail(later.error());
    warn_unavailable(middle);
    const auto rest = Window::make(middle + seconds{1}, window.end());
    if (!rest) co_return Harvest{};
    co_return co_await pages(archived, *rest, std::move(*later), false);
  }
  std::vector<Task<Result<Harvest>>> parts;
  parts.push_back(pages(archived, *left, std::move(first), false));
  parts.push_back(pages(archived, *right, std::move(second), false));
  auto found = co_await join_results(loop_, std::move(parts));
  co_return std::move(found).map(concatenate);
}

Task<Result<Listing>> Enumerator::after_middle(bool archived, Window right, const Listing& both,
                                               std::vector<RecordingId> Listing::*array) {
  Listing later;
  if (const auto rest = Window::make(right.begin() + seconds{1}, right.end())) {
    auto answer = co_await list(archived, *rest);
    if (!answer) co_return fail(answer.error());
    later = std::move(*answer);
  }
  if (later.*array == both.*array) co_return fail(Errc::Unavailable, kIgnoresTimes);
  co_return later;
}

}  // namespace g2afs
