// SPDX-License-Identifier: MIT
// ControlBatcher: many wishes for one kind of change, few calls. Loop thread only.
//
// - one(): group commit. Wishes that come within kTogether of one another share a call, as do those that come while a
//   call is under way, behind it. A call has at most kMaxIds ids, or fewer where the server's request line has no room
//   for so many; each caller gets what became of its own id.
// - many(): as many calls as it takes, side by side up to the API's limit. It ends with the first trouble that is not
//   about an id (the server is down, the credentials are refused): what has not been sent by then is not sent.
//
// A call runs as a task of its own, so that a caller who is interrupted does not take the others' along. Once nobody
// waits for any of its ids it is cancelled: what was sent stays done, and nothing more is sent, no retry either. Whether
// a call that was just under way got through is then for the next listing to tell.
#pragma once

#include <chrono>
#include <functional>
#include <memory>
#include <optional>
#include <span>
#include <string>
#include <vector>

#include "g2afs/api/types.hpp"
#include "g2afs/base/error.hpp"
#include "g2afs/base/log.hpp"
#include "g2afs/catalog/tree.hpp"
#include "g2afs/net/event.hpp"
#include "g2afs/net/loop.hpp"

namespace g2afs {

class ControlBatcher {
 public:
  /// Programs that are started side by side come within this; nobody notices it beside the call itself.
  static constexpr std::chrono::milliseconds kTogether{20};
  /// But where more and more come, the first waits no longer than this.
  static constexpr std::chrono::milliseconds kTogetherAtMost{200};

  /// One call, of 1 to kMaxIds ids, of which all are accepted or none is. TooLong: fewer may fit.
  using Send = std::function<Task<Result<void>>(std::vector<RecordingId>)>;
  /// Told what the server has accepted, before whoever waits for it.
  using OnAccepted = std::function<void(std::span<const DatedId>)>;

  /// `name` of the change, for the log.
  ControlBatcher(Loop& loop, Clock& clock, Log& log, std::string name, std::size_t connections, Send send,
                 OnAccepted on_accepted);

  /// What became of the change of this recording.
  Task<Result<void>> one(DatedId id);

  /// How far many() has come.
  struct Progress {
    std::size_t done = 0;
    std::optional<Error> failure;  // the first one
  };
  /// Changes them all. `progress` is kept up to date, also for who looks at it after an interruption.
  Task<> many(std::vector<DatedId> ids, Progress& progress);

 private:
  struct Seat;
  struct Flight;
  class Passenger;
  class Narrowing;
  using Seats = std::vector<std::shared_ptr<Seat>>;
  struct Line;

  Task<> gather();
  Task<> wait_for_more();
  std::shared_ptr<Flight> launch(Seats seats);
  Task<> fly(std::shared_ptr<Flight> flight);
  Task<bool> work(Line& line, Progress& progress);

  Loop& loop_;
  Clock& clock_;
  Log& log_;
  const std::string name_;
  const std::size_t connections_;
  const Send send_;
  const OnAccepted on_accepted_;
  std::size_t most_ = kMaxIds;  // ids a call; what the server has had room for
  Seats gathered_;              // for the next call
  MonotonicTime first_came_, last_came_;
  bool gathering_ = false;  // gather() runs
};

}  // namespace g2afs
