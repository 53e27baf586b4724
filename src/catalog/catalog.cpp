// SPDX-License-Identifier: MIT
// When what is asked of the API: listing, locating, refreshing, and recognising a walk.
#include "g2afs/catalog/catalog.hpp"

#include <algorithm>

#include "g2afs/catalog/refresh_plan.hpp"
#include "g2afs/catalog/tree_update.hpp"

namespace g2afs {
namespace {

/// Stale directories are gathered until for so long none was added, that is, until a walk is over: what is planned as a
/// whole needs the fewest calls. Nobody waits for it, since the old listing is shown meanwhile.
constexpr auto kGather = std::chrono::milliseconds{500};
/// But no longer than this: a walk may never end.
constexpr auto kGatherAtMost = std::chrono::seconds{10};

/// Listings of one directory until it is given up: each that does not last takes a change of the account at the very
/// moment.
constexpr int kMostTries = 4;

std::vector<DateDir> children_of(const DateDir& dir) {
  std::vector<DateDir> children;
  if (dir.month == 0) {
    for (int month = 1; month <= 12; ++month) children.push_back({dir.year, month, 0});
  } else {
    for (int day = 1; day <= days_in_month(dir.year, dir.month); ++day) children.push_back({dir.year, dir.month, day});
  }
  return children;
}

}  // namespace

Catalog::Catalog(Loop& loop, Enumerator& enumerator, Clock& clock, Metrics& metrics, Log& log, CatalogOptions options)
    : loop_(loop),
      enumerator_(enumerator),
      clock_(clock),
      metrics_(metrics),
      log_(log),
      options_(std::move(options)),
      listing_(loop),
      locating_(loop),
      refreshing_(loop),
      enumerating_(loop),
      enumerating_small_(loop) {
  enumerator_.set_page_age(options_.dir_ttl);
}

Task<Result<void>> Catalog::list(DateDir dir) {
  // An answer about its parent that comes at the same moment may say that there is more than the listing found, which
  // then is none any more: what is not known to be all is not shown.
  for (int tries = 0; tries < kMostTries; ++tries) {
    if (knowledge(*tree(), dir).listed) {
      refresh_if_stale(dir);
      co_return Outcome{};
    }
    auto listed = co_await listing_.run(dir, [this, dir] { return list_now(dir); });
    if (!listed) co_return listed;
  }
  if (knowledge(*tree(), dir).listed) co_return Outcome{};
  co_return fail(Errc::Unavailable, "list: " + dir.path() + " changes faster than it can be listed");
}

Task<Result<void>> Catalog::locate(DateDir dir) {
  const auto known = tree();
  const DirKnowledge here = knowledge(*known, dir);
  // What is known to be there stays until a listing lacks it; what is known to be absent, while that is fresh.
  if (here.occupied || fresh(here.listed) || fresh(knowledge(*known, dir.parent()).listed)) co_return Outcome{};
  co_return co_await locating_.run(dir, [this, dir] { return locate_now(dir); });
}

void Catalog::refresh_soon(DateDir dir) {
  loop_.post([this, dir] { refresh_if_stale(dir); });
}

void Catalog::refresh_if_stale(DateDir dir) {
  const Listed listed = knowledge(*tree(), dir).listed;
  if (!listed || fresh(listed)) return;
  if (listed->how == ListedInfo::How::Small && !outgrown(listed->span)) {
    refreshing_.start(dir, [this, dir] { return refresh_now(dir); });
    return;
  }
  stale_.insert(dir);
  if (!std::exchange(gathering_, true)) loop_.spawn(refresh_gathered());
}

Task<> Catalog::gather() {
  const MonotonicTime begun = clock_.now();
  const Duration at_most = std::min<Duration>(kGatherAtMost, options_.dir_ttl);
  for (std::size_t before = 0; before != stale_.size() && clock_.now() - begun < at_most;) {
    before = stale_.size();
    co_await clock_.sleep(kGather);
  }
}

Task<> Catalog::refresh_gathered() {
  const struct Done {
    bool& gathering;
    ~Done() { gathering = false; }
  } done{gathering_};
  MonotonicTime asked_all = clock_.now();
  while (!stale_.empty()) {
    co_await gather();
    std::set<DateDir> stale = std::exchange(stale_, {});
    std::erase_if(stale, [this](const DateDir& dir) { return fresh(knowledge(*tree(), dir).listed); });
    const RefreshPlan plan = plan_refresh(*tree(), stale);
    std::vector<Task<Outcome>> work;
    for (const DaySpan& span : plan.spans) work.push_back(enumerate(span));
    // A walk that is still within a directory is about to tell about its children: what is left is asked behind it. But
    // not for ever.
    const bool patient = clock_.now() - asked_all < options_.dir_ttl;
    if (!patient) asked_all = clock_.now();
    for (const DateDir& dir : plan.children) {
      const bool busy = std::any_of(plan.spans.begin(), plan.spans.end(),
                                    [&](const DaySpan& span) { return dir.span().contains(span); });
      if (busy && patient) {
        stale_.insert(dir);
      } else {
        work.push_back(list_children(dir, Children::NotFresh));
      }
    }
    // What fails has been noted, and is asked for again when somebody looks.
    co_await join(loop_, std::move(work));
  }
}

Task<Result<void>> Catalog::refresh(DateDir dir) {
  co_await refreshing_.settled([dir](const DateDir& other) { return other == dir; });
  auto refreshed = co_await refreshing_.run(dir, [this, dir] { return refresh_anew(dir); });
  if (!refreshed || knowledge(*tree(), dir).listed) co_return refreshed;
  co_return co_await list(dir);
}

Task<Result<void>> Catalog::refresh_anew(DateDir dir) {
  // What is under way for any of these days, or was kept, may be older than what the caller wants to see.
  const DaySpan span = dir.span();
  co_await enumerating_.settled([span](const DaySpan& other) { return other.overlaps(span); });
  co_await enumerating_small_.settled([span](const DaySpan& other) { return other.overlaps(span); });
  enumerator_.forget_first_pages();
  co_return co_await refresh_now(dir);
}

Task<Result<void>> Catalog::list_now(DateDir dir) {
  const DaySpan wanted = dir.span();
  if (covering(wanted)) co_return co_await enumerate(wanted);
  if (dir.is_day() || walk_.reaches(dir)) co_return co_await enumerate(walk_on(wanted));
  const auto small = co_await list_small_or_children(dir);
  if (!small) co_return fail(small.error());
  if (*small) walk_.step(wanted);
  co_return Outcome{};
}

Task<Result<bool>> Catalog::list_small_or_children(DateDir dir) {
  if (!outgrown(dir.span())) {
    const auto small = co_await enumerate_small(dir.span());
    if (!small || *small) co_return small;
  }
  const auto listed = co_await list_children(dir, Children::All);
  co_return listed.map([] { return false; });
}

Task<Result<void>> Catalog::list_children(DateDir dir, Children which) {
  const auto known = tree();
  const auto skip = [&](const DateDir& child) {
    return which == Children::NotFresh && fresh(knowledge(*known, child).listed);
  };
  std::vector<DateDir> occupied;
  if (dir.is_root()) {
    std::set<int> skipped;
    for (const DateDir& child : shown_children(*known, dir)) {
      if (skip(child)) skipped.insert(child.year);
    }
    const auto years = co_await enumerator_.years(std::move(skipped));
    note(years.map([](const auto&) {}));
    if (!years) co_return fail(years.error());
    for (const int year : *years) occupied.push_back({year, 0, 0});
  } else {
    std::vector<DateDir> children;
    std::vector<DaySpan> spans;
    for (const DateDir& child : children_of(dir)) {
      if (skip(child)) {
        if (knowledge(*known, child).occupied) occupied.push_back(child);
        continue;
      }
      children.push_back(child);
      spans.push_back(child.span());
    }
    const auto holds = co_await enumerator_.occupied(std::move(spans));
    note(holds.map([](const auto&) {}));
    if (!holds) co_return fail(holds.error());
    for (std::size_t i = 0; i < children.size(); ++i) {
      if ((*holds)[i]) occupied.push_back(children[i]);
    }
  }
  publish(with_children(*tree(), dir, make_listed(ListedInfo::How::Children, dir.span(), clock_.now()), occupied));
  co_await list_kept(dir, std::move(occupied));
  co_return Outcome{};
}

Task<> Catalog::list_kept(DateDir dir, std::vector<DateDir> occupied) {
  // A child with recordings that is not in the answer was kept. What it holds may be being transcoded, or be gone: only
  // a listing of its own tells.
  std::vector<DaySpan> spans;
  for (const DateDir& child : shown_children(*tree(), dir)) {
    if (std::find(occupied.begin(), occupied.end(), child) != occupied.end()) continue;
    const DaySpan span = child.span();
    if (!spans.empty() && spans.back().end == span.begin) {
      spans.back().end = span.end;
    } else {
      spans.push_back(span);
    }
  }
  std::vector<Task<Outcome>> listings;
  for (const DaySpan& span : spans) listings.push_back(enumerate(span));
  // One that fails has been noted, and its child stays.
  co_await join(loop_, std::move(listings));
}

Task<Result<void>> Catalog::locate_now(DateDir dir) {
  // A day's own listing tells whether it is there, and is what is asked for next.
  if (dir.is_day()) co_return co_await list_now(dir);
  std::vector<DaySpan> span{dir.span()};
  const auto holds = co_await enumerator_.occupied(std::move(span));
  note(holds.map([](const auto&) {}));
  if (!holds) co_return fail(holds.error());
  publish(with_located(*tree(), dir, make_listed(ListedInfo::How::Children, dir.span(), clock_.now()), holds->front()));
  co_return Outcome{};
}

Task<Result<void>> Catalog::refresh_now(DateDir dir) {
  const Listed listed = knowledge(*tree(), dir).listed;
  if (listed && listed->how == ListedInfo::How::Small && !outgrown(listed->span)) {
    const auto small = co_await enumerate_small(listed->span);
    if (!small) co_return fail(small.error());
    if (*small) co_return Outcome{};
    // It has grown: from here on each directory is listed by itself.
  }
  if (dir.is_day()) co_return co_await enumerate(dir.span());
  const auto done = co_await list_small_or_children(dir);
  co_return done.map([](bool) {});
}

Task<Result<void>> Catalog::enumerate(DaySpan span) {
  // Another enumeration may be about to bring the same days.
  const DaySpan key = covering(span).value_or(span);
  co_return co_await enumerating_.run(key, [this, key] { return enumerate_now(key); });
}

std::optional<DaySpan> Catalog::covering(const DaySpan& span) const {
  return enumerating_.find([&](const DaySpan& other) { return other.contains(span); });
}

bool Catalog::outgrown(const DaySpan& span) const {
  const auto found = outgrown_.find(span);
  return found != outgrown_.end() && clock_.now() - found->second < options_.dir_ttl;
}

Task<Result<void>> Catalog::enumerate_now(DaySpan span) {
  const MonotonicTime begun = clock_.now();
  auto harvest = co_await enumerator_.enumerate(span, days_of_untranscoded(*tree(), span));
  Outcome outcome = harvest.map([](const auto&) {});
  if (harvest) {
    walk_.found(span, harvest->recordings.size());
    outcome = co_await absorb(ListedInfo::How::Paged, span, begun, std::move(*harvest));
  }
  note(outcome);
  co_return outcome;
}

Task<Result<bool>> Catalog::enumerate_small(DaySpan span) {
  co_return co_await enumerating_small_.run(span, [this, span] { return enumerate_small_now(span); });
}

Task<Result<bool>> Catalog::enumerate_small_now(DaySpan span) {
  const MonotonicTime begun = clock_.now();
  auto harvest = co_await enumerator_.enumerate_if_small(span, days_of_untranscoded(*tree(), span));
  Outcome outcome = harvest.map([](const auto&) {});
  const bool small = harvest && *harvest;
  if (small) {
    // What took several pages is refreshed by the day where only that is looked at.
    const auto how = (*harvest)->one_page ? ListedInfo::How::Small : ListedInfo::How::Paged;
    outcome = co_await absorb(how, span, begun, std::move(**harvest));
  }
  note(outcome);
  if (!outcome) co_return fail(outcome.error());
  if (small) {
    outgrown_.erase(span);
  } else {
    outgrown_.insert_or_assign(span, clock_.now());
  }
  co_return small;
}

DaySpan Catalog::walk_on(const DaySpan& wanted) {
  const Day tomorrow{enumerator_.zone().day_of(clock_.wall_now()).number + 1};
  const DaySpan span = walk_.next(wanted, DaySpan::of_year(ymd_of(tomorrow).year).end);
  walk_.step(span);
  return span;
}

}  // namespace g2afs
