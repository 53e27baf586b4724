// SPDX-License-Identifier: MIT
// What was learnt: the next tree, the counts, and what the kernel has to forget.
#include <algorithm>
#include <map>

#include "g2afs/catalog/catalog.hpp"
#include "g2afs/catalog/tree_days.hpp"
#include "g2afs/catalog/tree_update.hpp"

namespace g2afs {
namespace {

ListedIds ids_of(const Harvest& harvest) {
  ListedIds ids;
  for (const auto& entry : harvest.recordings) ids.placed.insert(entry.second.id);
  ids.undated.insert(harvest.undated.begin(), harvest.undated.end());
  return ids;
}

}  // namespace

Task<Result<void>> Catalog::absorb(ListedInfo::How how, DaySpan span, MonotonicTime begun, Harvest harvest) {
  ListedIds ids = ids_of(harvest);
  MissingPolicy policy;
  policy.both_archived_values = options_.filters.archived == Filters::Archived::All;
  policy.transcoding_limit = options_.transcoding_limit;
  policy.asked = harvest.asked;
  if (!policy.both_archived_values) {
    auto missing = missing_ready(span, ids, harvest.asked);
    const auto excluded = co_await enumerator_.now_excluded(std::move(missing));
    if (!excluded) co_return fail(excluded.error());
    ids.placed.insert(excluded->begin(), excluded->end());
  }
  keep_marks(harvest, ids, span);
  policy.now = clock_.now();
  // With a page in it that was kept from before, the listing is as old as that.
  const Listed info = make_listed(how, span, harvest.asked < begun ? harvest.asked : policy.now);

  const auto before = tree();
  // One that is ready for transcode and changed while it was dated may have been filed under the day beside its own. Once
  // that has it, it is not missing here.
  for (const Day beside : {Day{span.begin.number - 1}, span.end}) {
    const DayNode* day = before->find(beside);
    if (day == nullptr) continue;
    for (const Recording& one : day->recordings) {
      if (one.misses == 0) ids.placed.insert(one.id);
    }
  }
  std::map<Day, std::vector<Recording>> found;
  for (auto& [day, recording] : harvest.recordings) {
    // A day outside the span would be shown as if it held nothing else.
    if (span.contains(day)) found[day].push_back(std::move(recording));
  }
  for_days(*before, span, [&](const DayNode& day) { found.try_emplace(day.day); });
  DayNodes days;
  for (auto& [date, recordings] : found) {
    const DayNode* old = before->find(date);
    auto day = std::make_shared<DayNode>();
    day->day = date;
    day->listed = info;
    const bool shown = enumerator_.visible(DaySpan::of_day(date)).has_value();
    day->recordings = merge_day(shown ? old : nullptr, std::move(recordings), ids, policy);
    const auto twin = std::unique(day->recordings.begin(), day->recordings.end(), [&](const auto& a, const auto& b) {
      if (inode_bits(a.id) != inode_bits(b.id)) return false;
      log_.error("recordings {} and {} share an inode number on one day: the second is not shown", a.id.value,
                 b.id.value);
      return true;
    });
    day->recordings.erase(twin, day->recordings.end());
    day->occupied = !day->recordings.empty();
    count(old, false);
    count(day.get(), true);
    if (day->occupied) days.emplace(date, std::move(day));
  }
  show_counts();
  publish(with_days(*before, info, days));
  co_return Outcome{};
}

std::vector<Enumerator::Known> Catalog::missing_ready(const DaySpan& span, const ListedIds& listed,
                                                      MonotonicTime asked) const {
  std::vector<Enumerator::Known> missing;
  const auto known = tree();
  for_days(*known, span, [&](const DayNode& day) {
    // What the filters exclude by its day goes, and what was listed later stays.
    if (!enumerator_.visible(DaySpan::of_day(day.day)) || listed_after(day, asked)) return;
    for (const Recording& one : day.recordings) {
      const bool named = listed.placed.count(one.id) != 0 || listed.undated.count(one.id) != 0;
      if (one.state == State::Ready && !named) missing.push_back({one.id, one.start});
    }
  });
  return missing;
}

void Catalog::restore(std::shared_ptr<const Tree> known) {
  for_days(*known, DaySpan::all(), [this](const DayNode& day) { count(&day, true); });
  show_counts();
  tree_.store(std::move(known));
}

void Catalog::publish(std::shared_ptr<const Tree> next) {
  const auto before = tree();
  tree_.store(next);
  if (store_ != nullptr) store_->changed(next);
  if (kernel_ != nullptr) tell_kernel(*before, *next);
}

void Catalog::tell_kernel(const Tree& before, const Tree& after) {
  for (const auto& old_year : before.years) {
    const YearNode* year = after.find(old_year->year);
    if (year == old_year.get()) continue;
    const DateDir year_dir{old_year->year, 0, 0};
    if (old_year->occupied && (year == nullptr || !year->occupied)) {
      kernel_->entry_gone(kRootIno, year_dir.ino(), year_dir.name());
      continue;
    }
    for (const auto& old_month : old_year->months) {
      const MonthNode* month = year == nullptr ? nullptr : year->find(old_month->month);
      if (month == old_month.get()) continue;
      const DateDir month_dir{old_year->year, old_month->month, 0};
      if (old_month->occupied && (month == nullptr || !month->occupied)) {
        kernel_->entry_gone(year_dir.ino(), month_dir.ino(), month_dir.name());
        continue;
      }
      for (const auto& old_day : old_month->days) {
        const DayNode* day = month == nullptr ? nullptr : month->find(old_day->day);
        if (!old_day->occupied || day == old_day.get()) continue;
        if (day == nullptr || !day->occupied) {
          const DateDir day_dir = DateDir::of(old_day->day);
          kernel_->entry_gone(month_dir.ino(), day_dir.ino(), day_dir.name());
        } else {
          tell_of_day(*old_day, *day);
        }
      }
    }
  }
}

void Catalog::tell_of_day(const DayNode& before, const DayNode& after) {
  const Day day = before.day;
  for (const Recording& old : before.recordings) {
    const Ino directory = recording_ino(day, old.id);
    const Recording* now = after.find(old.id);
    if (now == nullptr) {
      kernel_->entry_gone(day_ino(day), directory, to_string(old.id));
      continue;
    }
    const bool new_file = std::any_of(kFileKinds.begin(), kFileKinds.end(),
                                      [&](FileKind kind) { return now->has(kind) && !old.has(kind); });
    if (new_file || now->state != old.state) kernel_->changed(directory);
    for (const FileKind kind : kFileKinds) {
      if (!old.has(kind)) continue;
      const Ino file = file_ino(day, old.id, kind);
      if (!now->has(kind) || file_name(*now, kind) != file_name(old, kind)) {
        kernel_->entry_gone(directory, file, file_name(old, kind));
      } else if (now->size(kind) != old.size(kind)) {
        kernel_->changed(file);
      }
    }
  }
}

void Catalog::count(const DayNode* day, bool plus) {
  if (day == nullptr) return;
  std::uint64_t recordings = known_recordings_;
  for (const Recording& recording : day->recordings) {
    for (const FileKind kind : kFileKinds) {
      const std::uint64_t bytes = recording.state == State::Ready ? recording.size(kind).value_or(0) : 0;
      plus ? known_bytes_.add(bytes) : known_bytes_.subtract(bytes);
    }
    // Unsigned arithmetic wraps round, so subtracting what was added before always comes out right.
    recordings += plus ? 1 : -1;
    known_states_[static_cast<std::size_t>(recording.state)] += plus ? 1 : -1;
  }
  known_recordings_ = recordings;
}

void Catalog::show_counts() {
  for (const State state : {State::Untranscoded, State::Transcoding, State::Ready}) {
    metrics_.recordings(to_string(state)).Set(static_cast<double>(known_states_[static_cast<std::size_t>(state)]));
  }
}

void Catalog::with_sidecar(Day day, FileKey key, const std::function<void(const Recording&, const LearnedSize&)>& fn) {
  const auto known = tree();  // pins the node
  const DayNode* node = known->find(day);
  const Recording* recording = node == nullptr ? nullptr : node->find(key.id);
  if (recording == nullptr || recording->state != State::Ready || key.kind == FileKind::Video) return;
  const LearnedSize& size = recording->sidecar_size(key.kind);
  known_bytes_.subtract(size.bytes().value_or(0));
  fn(*recording, size);
  known_bytes_.add(size.bytes().value_or(0));
  if (store_ != nullptr) store_->changed(day);
}

void Catalog::learn_size(Day day, FileKey key, std::uint64_t bytes) {
  with_sidecar(day, key, [&](const Recording&, const LearnedSize& size) { size.learn(bytes); });
}

void Catalog::learn_absent(Day day, FileKey key) {
  with_sidecar(day, key, [&](const Recording& recording, const LearnedSize& size) {
    size.learn_absent();
    recording.read.set(false);
    if (kernel_ == nullptr) return;
    kernel_->entry_gone(recording_ino(day, key.id), file_ino(day, key.id, key.kind), file_name(recording, key.kind));
  });
}

void Catalog::forget_size(Day day, FileKey key) {
  with_sidecar(day, key, [](const Recording&, const LearnedSize& size) { size.forget(); });
  // A video's size is the API's to tell, and what is under way may have been told the old one.
  struct Unawaited {
    static Task<> run(Catalog& catalog, DateDir dir) { co_await catalog.refresh(dir); }
  };
  if (key.kind == FileKind::Video) loop_.spawn(Unawaited::run(*this, DateDir::of(day)));
  if (kernel_ != nullptr) kernel_->changed(file_ino(day, key.id, key.kind));
}

void Catalog::note(const Outcome& outcome) {
  if (outcome) {
    if (failing_) log_.info("listing works again");
    failing_ = false;
    health_.last_refresh = clock_.wall_now();
    health_.last_error.clear();
    return;
  }
  // Once, not for every directory that is asked for meanwhile.
  if (!failing_) log_.warn("listing fails: {}: what was listed before is kept", outcome.error().what);
  failing_ = true;
  health_.last_error = outcome.error().what;
}

}  // namespace g2afs
