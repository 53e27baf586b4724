// SPDX-License-Identifier: MIT
// Hedge: one exchange that is asked a second time if its answer does not begin while that of nearly every other request
// would have, and takes the answer that begins first. Loop thread only; used by Fetch.
//
// The second request goes out only while somebody waits for the first one's bytes, and as far as the link says that
// asking twice has cost little so far. The silence counts from when the first one was sent: what stands in line is not
// slow. What the second fails with is no answer: the first one's counts.
#pragma once

#include <functional>
#include <memory>

#include "g2afs/base/metrics.hpp"
#include "g2afs/content/link.hpp"
#include "g2afs/net/clock.hpp"
#include "g2afs/net/event.hpp"
#include "g2afs/net/loop.hpp"
#include "g2afs/net/transport.hpp"

namespace g2afs {

class Hedge {
 public:
  /// `waited_for`: whether it matters when the answer begins.
  Hedge(Loop& loop, Transport& transport, Clock& clock, Metrics& metrics, Link& link, BodySink& sink,
        std::function<bool()> waited_for);
  ~Hedge();

  /// As Transport::perform(), but once only.
  Task<Result<ResponseHead>> perform(HttpRequest request);

 private:
  class Attempt;
  struct Outcome;
  Task<Outcome> first(const HttpRequest& request);
  Task<Outcome> second(const HttpRequest& request);
  Outcome outcome(const Attempt& attempt, Result<ResponseHead> answer);

  Loop& loop_;
  Transport& transport_;
  Clock& clock_;
  Metrics& metrics_;
  Link& link_;
  BodySink& sink_;
  const std::function<bool()> waited_for_;
  std::unique_ptr<Attempt> first_, second_;
  TaskId first_task_{}, second_task_{};
  const Attempt* begun_ = nullptr;  // whose answer is taken
  Event sent_;                      // one of them was
};

}  // namespace g2afs
