// SPDX-License-Identifier: MIT
// Enumerator: finds out what an account holds, with the `list` and `urls` calls only. Loop thread only; of what it
// finds it keeps nothing but a first page (or a few) for the question after, and which `archived` value to ask for first.
//
// `list` gives at most 500 ids an array, oldest first, no times and no page token (API.md, "Filters of list"). So:
// - Downloadable ones are paged by cursor: the next page starts at the start second of the page's last entry, as `urls`
//   tells it. A page that lies within one second cannot be passed: logged, and the cursor moves on by a second. A long
//   window is cut into a few after its first page, which are paged side by side.
// - Ids that are only ready for transcode are dated by narrowing: a span that returns some is divided, at day
//   boundaries, down to single days; a day with 500 of them is halved further, down to seconds. Where their days are
//   known from before, those days are asked whether they still hold them, and only the others are narrowed.
// - Whether toTime is inclusive is not known. A downloadable one is placed by its start time; an undated id that two
//   adjoining windows return belongs to the later.
// - An id that left readyForTranscode while it was being dated has become downloadable or is being transcoded: `urls`
//   tells which, and in the second case its day is not known. It is named all the same, as is a downloadable one that
//   `urls` leaves out: where it was known before, it is still there.
#pragma once

#include <array>
#include <functional>
#include <memory>
#include <optional>
#include <set>
#include <span>
#include <unordered_map>
#include <utility>
#include <vector>

#include "g2afs/api/archive_api.hpp"
#include "g2afs/base/log.hpp"
#include "g2afs/catalog/tree.hpp"
#include "g2afs/net/clock.hpp"
#include "g2afs/net/loop.hpp"

namespace g2afs {

/// Which recordings the mount shows.
struct Filters {
  enum class Archived { All, Exclude, Only };
  Archived archived = Archived::All;
  std::optional<Time> from, to;
  std::optional<int> time_period;  // days back from now, rolling

  /// The `archived` values to ask for.
  std::vector<bool> archived_values() const;
};

/// What an enumeration found.
struct Harvest {
  std::vector<std::pair<Day, Recording>> recordings;  // each under its day
  std::vector<RecordingId> undated;  // `list` named them, but `urls` has no entry that tells when they started
  MonotonicTime asked;               // when the oldest of the answers was asked for
  bool one_page = false;             // by enumerate_if_small(): an array held it all, of each `archived` value
};

class Enumerator {
 public:
  /// Called with every answer of `urls`, so that the URLs in it serve a later read.
  using OnEntries = std::function<void(std::span<const MediaEntry>)>;

  Enumerator(Loop& loop, ArchiveApi& api, Clock& clock, Log& log, Zone zone, Filters filters, OnEntries on_entries);

  using Dates = std::unordered_map<RecordingId, Day>;

  /// Every recording of the span. `known`: where those that are only ready for transcode were before.
  Task<Result<Harvest>> enumerate(DaySpan span, Dates known = {});

  /// The same if a few pages hold it all, and nothing would have to be dated over more than a month. To find out takes a
  /// call an `archived` value, and a few more where that is a full page. Nothing otherwise.
  Task<Result<std::optional<Harvest>>> enumerate_if_small(DaySpan span, Dates known = {});

  /// A recording that was downloadable.
  struct Known {
    RecordingId id;
    Time start;
  };
  /// Which of these, which an enumeration lacks, the filters exclude by now: those that `list` names with the `archived`
  /// value that is not asked for otherwise. One call, or a few where many are missing.
  Task<Result<std::vector<RecordingId>>> now_excluded(std::vector<Known> missing);

  /// Which of these spans (in order) hold recordings: one call for each that does, and a second for each that the first
  /// `archived` value leaves empty.
  Task<Result<std::vector<bool>>> occupied(std::vector<DaySpan> spans);

  /// The years that hold recordings, in order; `known` are some that need not be asked about.
  Task<Result<std::vector<int>>> years(std::set<int> known = {});

  /// The check before mounting has asked for the first page of everything with this `archived` value: the first listing
  /// of the root need not ask again.
  void first_page(bool archived, Listing listing);
  /// How old a first page may be that is used instead of asking again.
  void set_page_age(Duration age) { page_age_ = age; }
  /// What comes next is asked for anew.
  void forget_first_pages() { first_pages_ = {}; }
  /// The `archived` value to ask for where one may be enough: the one that had recordings last.
  bool first_archived_value() const { return values_.front(); }

  const Zone& zone() const { return zone_; }
  /// The window the filters leave of a span; nothing if they leave none. Any thread.
  std::optional<Window> visible(const DaySpan& span) const;

 private:
  using KnownDates = std::shared_ptr<const Dates>;
  struct FirstPage {
    bool archived = false;
    Listing listing;
    MonotonicTime asked;
    std::optional<Time> oldest{};  // of the downloadable ones, if that was asked for
    bool completed = false;        // with the downloadable ones of the pages after it
  };
  using FirstPages = std::vector<FirstPage>;

  Task<Result<Listing>> list(bool archived, Window window);
  Task<Result<std::vector<Listing>>> list_all(std::vector<std::pair<bool, Window>> questions);
  Task<Result<FirstPage>> first_page_of(bool archived, DaySpan span);
  /// The first page of the span for each `archived` value.
  Task<Result<FirstPages>> first_pages_of(DaySpan span);
  /// Everything the span holds, from its first pages on.
  Task<Result<Harvest>> follow(DaySpan span, FirstPages first, KnownDates known);
  /// Asks `urls` when these started, and adds those of the window to the harvest. Returns what it answered.
  Task<Result<std::vector<MediaEntry>>> look_up(std::vector<RecordingId> ids, bool archived, Window window,
                                                Harvest& harvest);

  /// What is known of a page's start times.
  struct Page {
    std::optional<Time> oldest, newest;
    bool undated = false;  // of some, `urls` has no entry
    void add(std::optional<Time> start);
    /// Of pages that can be passed; at least a second.
    std::chrono::milliseconds length() const {
      return std::max<std::chrono::milliseconds>(*newest - *oldest, std::chrono::seconds{1});
    }
  };
  /// None come in the future.
  Time busy_end(const Window& window) const;

  // Where a few pages hold it all (enumerator_small.cpp).
  /// Adds what the pages after a first one hold, if that takes no more than `most` altogether; false where it does, or it
  /// cannot be told.
  Task<Result<bool>> complete(FirstPage& first, Window window, int most);
  /// By some ids at either end of it.
  Task<Result<Page>> ends_of(const std::vector<RecordingId>& ids);

  // The downloadable ones of a window, from its first page on (enumerator_paging.cpp).
  Task<Result<Harvest>> only_page(Window window, FirstPages whole);
  Task<Result<Harvest>> pages(bool archived, Window window, Listing first, bool may_split);
  Task<Result<Harvest>> pages_of(bool archived, std::vector<Window> windows);
  Task<Result<Harvest>> halves(bool archived, Window window);
  /// Both halves of a window returned the same full array. Either all of it starts in the middle, and both halves hold
  /// that (toTime is inclusive): then this is what comes after it. Or the server ignores the times: an error.
  Task<Result<Listing>> after_middle(bool archived, Window right, const Listing& both,
                                     std::vector<RecordingId> Listing::*array);
  std::vector<Window> split(const Window& rest, const Page& page) const;
  void warn_unavailable(Time start) const;

  // Those that are only ready for transcode (enumerator_dating.cpp).
  Task<Result<Harvest>> untranscoded(bool archived, DaySpan span, Listing first, KnownDates known);
  /// `confirmed`: what is known has been found to hold.
  Task<Result<Dates>> date(bool archived, DaySpan span, Listing listing, KnownDates known, bool confirmed = false);
  /// Those of a listing whose day is known, as far as `list` still names them there.
  Task<Result<Dates>> confirm(bool archived, DaySpan span, std::vector<RecordingId> ids, KnownDates known);
  Task<Result<std::vector<RecordingId>>> within_day(bool archived, Window window, Listing listing);
  /// What starts in the second that begins where a window ends.
  Task<Result<Listing>> boundary(bool archived, Time end);

  // Which spans hold any (enumerator_occupancy.cpp).
  Task<Result<std::vector<bool>>> occupied_by(bool archived, std::vector<DaySpan> spans, std::vector<bool> wanted);
  Task<Result<std::optional<int>>> oldest_year(bool archived);
  Task<Result<int>> oldest_undated_year(bool archived, std::optional<int> oldest_dated);
  Task<Result<std::vector<int>>> years_within(int first, int last);

  void prefer(bool archived);
  /// Whether a window's end is said to the server; where it bounds nothing, it is not.
  bool bounded(const Window& window) const { return window.end() < all_.end(); }
  std::pair<Day, Recording> place(const MediaEntry& entry, bool archived) const;

  Loop& loop_;
  ArchiveApi& api_;
  Clock& clock_;
  Log& log_;
  const Zone zone_;
  const Filters filters_;
  const Window all_;
  OnEntries on_entries_;
  std::vector<bool> values_;                             // the `archived` values to ask for, in order
  std::array<std::optional<FirstPage>, 2> first_pages_;  // by `archived`
  Duration page_age_{};
};

}  // namespace g2afs
