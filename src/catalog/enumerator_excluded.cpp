// SPDX-License-Identifier: MIT
// What left a mount that asks for one `archived` value: is it on the other side now, or nowhere for the moment?
#include <algorithm>
#include <unordered_set>

#include "g2afs/catalog/enumerator.hpp"
#include "g2afs/net/concurrency.hpp"

namespace g2afs {

using std::chrono::floor;
using std::chrono::seconds;

Task<Result<std::vector<RecordingId>>> Enumerator::now_excluded(std::vector<Known> missing) {
  std::vector<RecordingId> excluded;
  if (missing.empty() || values_.size() != 1) co_return excluded;
  std::sort(missing.begin(), missing.end(), [](const Known& a, const Known& b) { return a.start < b.start; });
  const Time first = floor<seconds>(missing.front().start), last = floor<seconds>(missing.back().start);
  const auto listing = co_await list(!values_.front(), *Window::make(first, last + seconds{1}));
  if (!listing) co_return fail(listing.error());
  std::unordered_set<RecordingId> named(listing->ready_for_download.begin(), listing->ready_for_download.end());
  named.insert(listing->ready_for_transcode.begin(), listing->ready_for_transcode.end());
  for (const Known& one : missing) {
    if (named.count(one.id) != 0) excluded.push_back(one.id);
  }
  std::erase_if(missing, [&](const Known& one) { return named.count(one.id) != 0; });
  if (missing.empty() || !listing->cut() || first == last) co_return excluded;

  // The answer left some out. Their start times are known, so a few narrower windows tell of the others.
  const auto middle = missing.begin() + std::ssize(missing) / 2;
  std::vector<Task<Result<std::vector<RecordingId>>>> halves;
  halves.push_back(now_excluded({missing.begin(), middle}));
  halves.push_back(now_excluded({middle, missing.end()}));
  const auto found = co_await join_results(loop_, std::move(halves));
  if (!found) co_return fail(found.error());
  for (const auto& half : *found) excluded.insert(excluded.end(), half.begin(), half.end());
  co_return excluded;
}

}  // namespace g2afs
