// SPDX-License-Identifier: MIT
// What a span holds: the first page of each `archived` value, who follows it up, and putting the parts together.
#include "g2afs/catalog/enumerator.hpp"

#include <algorithm>
#include <unordered_set>

#include "listing_pages.hpp"

#include "g2afs/net/concurrency.hpp"

namespace g2afs {
namespace {

Harvest merge(std::vector<Harvest> parts) {
  Harvest all;
  std::unordered_map<RecordingId, std::size_t> place_of;
  for (auto& part : parts) {
    all.undated.insert(all.undated.end(), part.undated.begin(), part.undated.end());
    for (auto& found : part.recordings) {
      const auto [at, fresh] = place_of.try_emplace(found.second.id, all.recordings.size());
      if (fresh) {
        all.recordings.push_back(std::move(found));
        continue;
      }
      // It was found twice because it changed between two calls: downloadable is later than not, archived than not.
      auto& before = all.recordings[at->second];
      const auto rank = [](const Recording& r) { return (r.state == State::Ready ? 2 : 0) + (r.archived ? 1 : 0); };
      if (rank(found.second) > rank(before.second)) before = std::move(found);
    }
  }
  return all;
}

}  // namespace

std::vector<bool> Filters::archived_values() const {
  switch (archived) {
    case Archived::All: return {false, true};
    case Archived::Exclude: return {false};
    case Archived::Only: return {true};
  }
  return {};
}

Enumerator::Enumerator(Loop& loop, ArchiveApi& api, Clock& clock, Log& log, Zone zone, Filters filters,
                       OnEntries on_entries)
    : loop_(loop),
      api_(api),
      clock_(clock),
      log_(log),
      zone_(std::move(zone)),
      filters_(std::move(filters)),
      all_(zone_.window_of(DaySpan::all())),
      on_entries_(std::move(on_entries)),
      values_(filters_.archived_values()) {}

void Enumerator::first_page(bool archived, Listing listing) {
  if (empty(listing)) prefer(!archived);
  // It was asked for without the filters' window: only where that is everything it is the root's own first page.
  if (visible(DaySpan::all()) != all_) return;
  first_pages_[archived] = FirstPage{archived, std::move(listing), clock_.now()};
}

void Enumerator::prefer(bool archived) {
  if (values_.size() == 2) values_ = {archived, !archived};
}

std::optional<Window> Enumerator::visible(const DaySpan& span) const {
  // Not window_of(): a day that a zone left out when it changed sides of the date line has no window.
  std::optional<Window> window = Window::make(zone_.begin_of(span.begin), zone_.begin_of(span.end));
  const auto keep = [&](Time begin, Time end) {
    const auto part = Window::make(begin, end);
    window = window && part ? window->intersect(*part) : std::nullopt;
  };
  if (filters_.from) keep(*filters_.from, all_.end());
  if (filters_.to) keep(all_.begin(), *filters_.to);
  if (filters_.time_period) {
    // Whole days, so that the tree does not lose a recording from hour to hour.
    const Day first = zone_.day_of(clock_.wall_now() - std::chrono::hours{24} * *filters_.time_period);
    keep(zone_.begin_of(first), all_.end());
  }
  return window;
}

Task<Result<Harvest>> Enumerator::enumerate(DaySpan span, Dates known) {
  auto first = co_await first_pages_of(span);
  if (!first) co_return fail(first.error());
  auto dates = std::make_shared<const Dates>(std::move(known));
  co_return co_await follow(span, std::move(*first), std::move(dates));
}

Task<Result<Enumerator::FirstPages>> Enumerator::first_pages_of(DaySpan span) {
  std::vector<Task<Result<FirstPage>>> questions;
  for (const bool archived : values_) questions.push_back(first_page_of(archived, span));
  co_return co_await join_results(loop_, std::move(questions));
}

Task<Result<Enumerator::FirstPage>> Enumerator::first_page_of(bool archived, DaySpan span) {
  if (auto& known = first_pages_[archived]; known && span == DaySpan::all()) {
    FirstPage page = std::move(*known);
    known.reset();
    if (clock_.now() - page.asked <= page_age_) co_return page;
  }
  FirstPage page{archived, {}, clock_.now()};
  if (const auto window = visible(span)) {
    auto listing = co_await list(archived, *window);
    if (!listing) co_return fail(listing.error());
    page.listing = std::move(*listing);
  }
  co_return page;
}

Task<Result<Harvest>> Enumerator::follow(DaySpan span, FirstPages first, KnownDates known) {
  const auto window = visible(span);
  auto asked = clock_.now();
  std::vector<Task<Result<Harvest>>> parts;
  FirstPages whole;  // asked for together, in as few calls to `urls` as they take
  for (FirstPage& page : first) {
    asked = std::min(asked, page.asked);
    if (!window) continue;
    if (!page.listing.ready_for_transcode.empty()) {
      parts.push_back(untranscoded(page.archived, span, page.listing, known));
    }
    if (!page.completed && ready_cut(page.listing)) {
      parts.push_back(pages(page.archived, *window, std::move(page.listing), true));
    } else {
      whole.push_back(std::move(page));
    }
  }
  if (window) parts.push_back(only_page(*window, std::move(whole)));
  auto found = co_await join_results(loop_, std::move(parts));
  if (!found) co_return fail(found.error());
  Harvest all = merge(std::move(*found));
  all.asked = asked;
  co_return all;
}

Task<Result<std::vector<MediaEntry>>> Enumerator::look_up(std::vector<RecordingId> ids, bool archived, Window window,
                                                          Harvest& harvest) {
  std::unordered_set<RecordingId> left_out(ids.begin(), ids.end());
  auto entries = co_await api_.urls(std::move(ids));
  if (!entries) co_return fail(entries.error());
  on_entries_(*entries);
  for (const MediaEntry& entry : *entries) {
    const bool asked_for = left_out.erase(entry.id) != 0;
    if (asked_for && window.contains(entry.start)) harvest.recordings.push_back(place(entry, archived));
  }
  harvest.undated.insert(harvest.undated.end(), left_out.begin(), left_out.end());
  co_return entries;
}

Task<Result<Listing>> Enumerator::list(bool archived, Window window) {
  // A bound that bounds nothing is not sent: a server may have its own idea of the first and the last date.
  ListQuery query;
  query.archived = archived;
  if (window.begin() > all_.begin()) query.from = window.begin();
  if (bounded(window)) query.to = window.end();
  co_return co_await api_.list(query);
}

Task<Result<std::vector<Listing>>> Enumerator::list_all(std::vector<std::pair<bool, Window>> questions) {
  std::vector<Task<Result<Listing>>> calls;
  for (const auto& [archived, window] : questions) calls.push_back(list(archived, window));
  co_return co_await join_results(loop_, std::move(calls));
}

std::pair<Day, Recording> Enumerator::place(const MediaEntry& entry, bool archived) const {
  Recording recording;
  recording.id = entry.id;
  recording.start = entry.start;
  recording.video_size = entry.video_size;
  if (!entry.events) recording.events_size.learn_absent();
  if (entry.thumbnail) {
    recording.thumbnail_suffix = suffix_of(entry.thumbnail->path());
  } else {
    recording.thumbnail_size.learn_absent();
  }
  recording.state = State::Ready;
  recording.archived = archived;
  return {zone_.day_of(entry.start), std::move(recording)};
}

}  // namespace g2afs
