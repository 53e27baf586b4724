// SPDX-License-Identifier: MIT
#include "g2afs/content/failed_reads.hpp"

#include <algorithm>

namespace g2afs {
namespace {

constexpr Duration kSoon = std::chrono::milliseconds{500};

}  // namespace

void FailedReads::add(ByteRange range, const Error& error, MonotonicTime began, MonotonicTime now) {
  if (now - began < kSoon) return;
  std::erase_if(failures_, [&](const Failure& one) { return now - one.at > kJustNow; });
  failures_.push_back({range, error, now});
}

const Error* FailedReads::find(ByteRange range, MonotonicTime now) const {
  const auto found = std::find_if(failures_.rbegin(), failures_.rend(), [&](const Failure& one) {
    return one.range.begin <= range.begin && range.end <= one.range.end;
  });
  return found != failures_.rend() && now - found->at <= kJustNow ? &found->error : nullptr;
}

}  // namespace g2afs
