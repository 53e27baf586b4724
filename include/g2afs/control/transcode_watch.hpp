// SPDX-License-Identifier: MIT
// TranscodeWatch: after a transcode was accepted, has the recording's day listed again until it is ready, so that its
// files appear and who waits for user.g2afs.state sees it. Loop thread only.
//
// Nothing but a listing tells (API.md). Days that are due at the same time are listed one after the other, together
// where that takes fewer calls, and the watch rests three times as long as it took, or for WatchSchedule::kLongest: with
// however many days to watch it uses a quarter of one of the API's connections, or a little more where a look takes
// minutes.
#pragma once

#include <span>

#include "g2afs/catalog/catalog.hpp"
#include "g2afs/control/watch_schedule.hpp"
#include "g2afs/net/event.hpp"
#include "g2afs/net/loop.hpp"

namespace g2afs {

class TranscodeWatch {
 public:
  TranscodeWatch(Loop& loop, Catalog& catalog, Clock& clock) : loop_(loop), catalog_(catalog), clock_(clock) {}

  /// The server has accepted to transcode these.
  void add(std::span<const DatedId> ids);

 private:
  Task<> watch();
  /// Returns when the next look is due, or something was added.
  Task<> wait_for_next();
  Task<bool> slept_until_due();
  bool ended(const Tree& tree, DatedId id) const;

  Loop& loop_;
  Catalog& catalog_;
  Clock& clock_;
  WatchSchedule schedule_;
  Event added_;
  bool watching_ = false;  // watch() runs
};

}  // namespace g2afs
