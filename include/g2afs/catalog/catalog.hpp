// SPDX-License-Identifier: MIT
// Catalog: what exists. It lists lazily, remembers, refreshes in the background and publishes snapshots.
//
// Thread rule: tree(), fresh(), within_filters(), zone() and the counts from any thread; everything else on the loop.
//
// Laziness: a day costs its own listing. A month, a year or the root is enumerated whole if it takes a few pages;
// otherwise only which of its children hold recordings is asked. A walk (one directory listed after the other, in the
// order of dates) is recognised, and each next listing covers twice the days of the one before, so that a full walk
// costs about as many calls as 500-id pages allow.
//
// Refresh: a listing older than dir_ttl is served as it is and asked again in the background: what took a page is
// asked again whole, with every directory it listed; the others are gathered for a moment and then asked for with as few
// calls as what is known of them allows (refresh_plan.hpp). While that fails, the old listing stays. A listing that was
// never complete is never shown: the error goes to whoever asked.
//
// A recording that a complete listing lacks is not gone at once (API.md: while it is being transcoded it is in neither
// list): one that was not downloadable yet stays for 24 h as `transcoding`; a ready one goes with the second listing
// that lacks it. Where the mount asks for only one `archived` value, the other one's list tells what became of a ready
// one: if it is there, it is gone from this mount at once; if it is nowhere, it is being transcoded again.
//
// What this mount itself has changed (mark_archived(), mark_transcoding()) is shown at once, and for some minutes holds
// against listings that say otherwise (recent_marks.hpp).
#pragma once

#include <array>
#include <atomic>
#include <functional>
#include <memory>
#include <optional>
#include <set>
#include <span>
#include <unordered_map>
#include <vector>

#include "g2afs/api/archive_api.hpp"
#include "g2afs/base/error.hpp"
#include "g2afs/base/log.hpp"
#include "g2afs/base/metrics.hpp"
#include "g2afs/base/published.hpp"
#include "g2afs/catalog/byte_total.hpp"
#include "g2afs/catalog/enumerator.hpp"
#include "g2afs/catalog/kernel_cache.hpp"
#include "g2afs/catalog/recent_marks.hpp"
#include "g2afs/catalog/store.hpp"
#include "g2afs/catalog/tree.hpp"
#include "g2afs/catalog/walk.hpp"
#include "g2afs/net/concurrency.hpp"

namespace g2afs {

struct ListedIds;

struct CatalogOptions {
  Duration dir_ttl = std::chrono::seconds{60};
  Duration transcoding_limit = std::chrono::hours{24};
  Filters filters;
};

class Catalog {
 public:
  Catalog(Loop& loop, Enumerator& enumerator, Clock& clock, Metrics& metrics, Log& log, CatalogOptions options);

  /// Who is told when the tree changes; null: nobody yet.
  void set_kernel_cache(KernelCache* kernel) { kernel_ = kernel; }
  /// Who remembers the tree; null: nobody.
  void set_store(Store* store) { store_ = store; }
  /// Goes on from a tree that was remembered. Once, before anything is listed.
  void restore(std::shared_ptr<const Tree> known);

  // Any thread.

  std::shared_ptr<const Tree> tree() const { return tree_.load(); }
  bool fresh(const Listed& listed) const { return listed && clock_.now() - listed->at < options_.dir_ttl; }
  /// Whether the filters leave anything of the directory's days: what they exclude does not exist.
  bool within_filters(const DateDir& dir) const { return enumerator_.visible(dir.span()).has_value(); }
  const Zone& zone() const { return enumerator_.zone(); }
  /// Known to exist, in bytes.
  std::uint64_t known_bytes() const { return known_bytes_.shown(); }
  std::uint64_t known_recordings() const { return known_recordings_.load(std::memory_order_relaxed); }

  /// Refreshes a listing in the background if it is stale.
  void refresh_soon(DateDir dir);

  // Loop thread.

  /// Returns once the directory's listing is known (fresh or not: a stale one is refreshed in the background).
  Task<Result<void>> list(DateDir dir);
  /// Returns once a fresh answer is known to whether the directory exists.
  Task<Result<void>> locate(DateDir dir);
  /// As refresh_soon(), at once.
  void refresh_if_stale(DateDir dir);
  /// Fetches the listing anew, whatever its age, and waits for it: it shows what had changed before the call. Those that
  /// are asked for meanwhile share the next one.
  Task<Result<void>> refresh(DateDir dir);

  /// Returns once every recording under the directory is known, each by a listing that is fresh: about a call for 250 of
  /// those that are not.
  Task<Result<void>> list_all(DateDir dir);
  /// As refresh() for some days, one call after the other, and together where that takes fewer. The first failure ends
  /// it.
  Task<Result<void>> refresh_days(std::vector<Day> days);

  /// The server has accepted that these are archived: they are shown so, or leave a mount that excludes such.
  void mark_archived(std::span<const DatedId> ids);
  /// The server has accepted to transcode these: those that are ready stay so, since it says that of every recording.
  void mark_transcoding(std::span<const DatedId> ids);

  /// A sidecar's exact size was learnt, or that there is no such file.
  void learn_size(Day day, FileKey key, std::uint64_t bytes);
  void learn_absent(Day day, FileKey key);
  /// The object behind a file is another one than before: its size has to be learnt again.
  void forget_size(Day day, FileKey key);

  /// When a refresh last completed, and what was wrong with the last one if it failed.
  struct Health {
    std::optional<Time> last_refresh;
    std::string last_error;
  };
  const Health& health() const { return health_; }

 private:
  using Outcome = Result<void>;

  // One directory (catalog.cpp).
  Task<Outcome> list_now(DateDir dir);
  /// Not of a day; whether it was small.
  Task<Result<bool>> list_small_or_children(DateDir dir);
  /// Which children are asked about: all, or those whose own listing is not fresh.
  enum class Children { All, NotFresh };
  Task<Outcome> list_children(DateDir dir, Children which);
  Task<> list_kept(DateDir dir, std::vector<DateDir> occupied);
  Task<Outcome> locate_now(DateDir dir);
  Task<Outcome> refresh_now(DateDir dir);
  /// Refreshes what was looked at, until nothing is left.
  Task<> refresh_gathered();
  Task<> gather();
  /// After all that is under way for its days.
  Task<Outcome> refresh_anew(DateDir dir);

  // Everything under a directory (catalog_all.cpp).
  /// Whether it and all that it shows is listed and fresh.
  bool all_fresh(const Tree& tree, const DateDir& dir) const;

  // Whole spans: no two enumerations of the same days at a time.
  Task<Outcome> enumerate(DaySpan span);
  Task<Outcome> enumerate_now(DaySpan span);
  /// False: too many for a few pages.
  Task<Result<bool>> enumerate_small(DaySpan span);
  Task<Result<bool>> enumerate_small_now(DaySpan span);
  /// One that is under way and brings these days too.
  std::optional<DaySpan> covering(const DaySpan& span) const;
  /// Whether it was found not to be small a moment ago.
  bool outgrown(const DaySpan& span) const;
  DaySpan walk_on(const DaySpan& wanted);

  // What was learnt becomes the next tree (catalog_absorb.cpp).
  /// `begun` is when the enumeration was.
  Task<Outcome> absorb(ListedInfo::How how, DaySpan span, MonotonicTime begun, Harvest harvest);
  /// The known ones of the span that are ready, and that a listing does not name; `asked` is when its answers were.
  std::vector<Enumerator::Known> missing_ready(const DaySpan& span, const ListedIds& listed, MonotonicTime asked) const;
  void publish(std::shared_ptr<const Tree> next);
  void tell_kernel(const Tree& before, const Tree& after);
  void tell_of_day(const DayNode& before, const DayNode& after);
  void with_sidecar(Day day, FileKey key, const std::function<void(const Recording&, const LearnedSize&)>& fn);
  void count(const DayNode* day, bool plus);
  void show_counts();
  void note(const Outcome& outcome);

  // What this mount has changed (catalog_marks.cpp).
  /// What this mount has changed is shown so, though the listing may not say it yet; tells what it lacks for that reason.
  void keep_marks(Harvest& harvest, ListedIds& ids, const DaySpan& span);
  /// Changes the recordings in place; `change` returns false for one that leaves the tree.
  void change_recordings(std::span<const DatedId> ids, const std::function<bool(Recording&)>& change);
  bool excludes_archived() const { return options_.filters.archived == Filters::Archived::Exclude; }

  Loop& loop_;
  Enumerator& enumerator_;
  Clock& clock_;
  Metrics& metrics_;
  Log& log_;
  const CatalogOptions options_;
  KernelCache* kernel_ = nullptr;
  Store* store_ = nullptr;

  Published<Tree> tree_{std::make_shared<Tree>()};
  ByteTotal known_bytes_;
  std::atomic<std::uint64_t> known_recordings_{0};
  std::array<std::uint64_t, 3> known_states_{};  // by State
  SingleFlight<DateDir, Outcome> listing_, locating_, refreshing_;
  SingleFlight<DaySpan, Outcome> enumerating_;
  SingleFlight<DaySpan, Result<bool>> enumerating_small_;
  std::unordered_map<DaySpan, MonotonicTime> outgrown_;  // spans that were found not to be small (any more), and when
  Walk walk_;
  std::set<DateDir> stale_;             // that were looked at, and are to be refreshed
  bool gathering_ = false;              // refresh_gathered() runs
  RecentMarks archived_, transcoding_;  // what this mount has changed
  bool failing_ = false;
  Health health_;
};

}  // namespace g2afs
