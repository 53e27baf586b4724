// SPDX-License-Identifier: MIT
// How a Tree changes: pure functions from an old one and what was learnt to a new one. Any thread.
#pragma once

#include <map>
#include <memory>
#include <unordered_set>
#include <vector>

#include "g2afs/catalog/tree.hpp"

namespace g2afs {

using DayNodes = std::map<Day, std::shared_ptr<const DayNode>>;

/// The tree after every recording of `info.span` was listed: `days` are the span's days that hold any. Days, months,
/// years and the root that lie within the span count as listed by `info`, the empty ones too; what is outside stays.
std::shared_ptr<const Tree> with_days(const Tree& old, const Listed& info, const DayNodes& days);

/// The tree after it was asked which children of `dir` (not a day) hold recordings. A child that is not among them goes,
/// unless recordings are known in it: whether those are gone is for a listing of its own to say.
std::shared_ptr<const Tree> with_children(const Tree& old, const DateDir& dir, const Listed& info,
                                          const std::vector<DateDir>& occupied);

/// The tree after one directory (a year or a month) was found to hold recordings, or to hold none.
std::shared_ptr<const Tree> with_located(const Tree& old, const DateDir& dir, const Listed& info, bool occupied);

/// The tree with these days in place of those it has; when they were listed is theirs to say, and what is above them
/// stays as it is but for whether it is shown.
std::shared_ptr<const Tree> with_replaced_days(const Tree& old, const DayNodes& days);

/// What a complete listing named in all, of whatever day.
struct ListedIds {
  std::unordered_set<RecordingId> placed;   // found under a day, or not of this mount (any more)
  std::unordered_set<RecordingId> undated;  // still there, but it was not said when they started
};

/// What a complete listing means for the recordings of one day.
struct MissingPolicy {
  bool both_archived_values = true;  // both were asked: a ready one that is in no list is expected to be gone
  Duration transcoding_limit{};
  MonotonicTime asked, now;  // when the listing was begun, and when it was complete
};

/// Whether the day was listed after that: what was asked for then knows less.
inline bool listed_after(const DayNode& day, MonotonicTime asked) { return day.listed && day.listed->at > asked; }

/// The day's recordings after a listing that found `found` under it and `listed` in all. The sizes of sidecars that were
/// learnt before are kept; one that was not there is looked for again if the listing announces it. Sorted by inode_bits.
std::vector<Recording> merge_day(const DayNode* old, std::vector<Recording> found, const ListedIds& listed,
                                 const MissingPolicy& policy);

}  // namespace g2afs
