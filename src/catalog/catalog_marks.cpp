// SPDX-License-Identifier: MIT
// What this mount itself has changed: shown at once, and kept where a listing does not say it yet.
#include <map>
#include <unordered_set>

#include "g2afs/catalog/catalog.hpp"
#include "g2afs/catalog/tree_days.hpp"
#include "g2afs/catalog/tree_update.hpp"

namespace g2afs {

void Catalog::keep_marks(Harvest& harvest, ListedIds& ids, const DaySpan& span) {
  archived_.forget(clock_.now());
  transcoding_.forget(clock_.now());
  if (archived_.empty() && transcoding_.empty()) return;
  const MonotonicTime asked = harvest.asked;
  for (auto& [day, one] : harvest.recordings) {
    one.archived = one.archived || archived_.holds(one.id, asked);
    if (one.state == State::Untranscoded && transcoding_.holds(one.id, asked)) one.state = State::Transcoding;
  }
  // They stay among the ids that are placed: not of this mount any more.
  if (excludes_archived()) std::erase_if(harvest.recordings, [](const auto& found) { return found.second.archived; });
  // One that went from one list to the other while both were being asked for may be in neither answer.
  for_days(*tree(), span, [&](const DayNode& day) {
    for (const Recording& one : day.recordings) {
      if (ids.placed.count(one.id) == 0 && archived_.holds(one.id, asked)) ids.undated.insert(one.id);
    }
  });
}

void Catalog::mark_archived(std::span<const DatedId> ids) {
  for (const DatedId& one : ids) archived_.add(one.id, clock_.now());
  // The kernel keeps no values of extended attributes: it need not be told of one that stays.
  change_recordings(ids, [this](Recording& recording) {
    recording.archived = true;
    return !excludes_archived();
  });
}

void Catalog::mark_transcoding(std::span<const DatedId> ids) {
  for (const DatedId& one : ids) transcoding_.add(one.id, clock_.now());
  change_recordings(ids, [](Recording& recording) {
    if (recording.state == State::Untranscoded) recording.state = State::Transcoding;
    return true;
  });
}

void Catalog::change_recordings(std::span<const DatedId> ids, const std::function<bool(Recording&)>& change) {
  std::map<Day, std::unordered_set<RecordingId>> by_day;
  for (const DatedId& one : ids) by_day[one.day].insert(one.id);
  const auto before = tree();
  DayNodes days;
  for (const auto& [date, wanted] : by_day) {
    const DayNode* old = before->find(date);
    if (old == nullptr) continue;  // it went meanwhile
    auto day = std::make_shared<DayNode>(*old);
    day->recordings.clear();
    for (Recording recording : old->recordings) {
      if (wanted.count(recording.id) == 0 || change(recording)) day->recordings.push_back(std::move(recording));
    }
    // A day whose recordings are not known, only that there are some, stays as it is.
    if (!old->recordings.empty()) day->occupied = !day->recordings.empty();
    count(old, false);
    count(day.get(), true);
    days.emplace(date, std::move(day));
  }
  show_counts();
  publish(with_replaced_days(*before, days));
}

}  // namespace g2afs
