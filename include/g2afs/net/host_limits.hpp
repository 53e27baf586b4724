// SPDX-License-Identifier: MIT
// HostLimits: how many requests a host gets at a time, and from when on, by what it has answered. Pure policy: the time
// comes from outside. Loop thread only.
//
// A host begins at the limit of all hosts. 429 and 503 halve its limit, once for all requests that were under way at
// that moment (one burst of refusals is one event), and nothing is sent to it for as long as its Retry-After says, or,
// without one, for 500 ms, doubled with every further event up to 4 s, until a success. Each success of a request that began after the
// last event counts towards one step up; as many as the limit are needed for a step, so that coming back from half takes
// longer the higher it is. What began before an event says nothing about the limit since.
#pragma once

#include <chrono>
#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <unordered_map>

#include "g2afs/net/clock.hpp"

namespace g2afs {

class HostLimits {
 public:
  /// `most` requests a host, at least 1. No pause is longer than `longest_pause`, whatever a server says.
  HostLimits(std::size_t most, Duration longest_pause);

  /// Between which two events a request began.
  using Round = std::uint64_t;

  /// How many more requests the host's limit lets in now; negative when it has fallen below what is under way.
  std::ptrdiff_t room(const std::string& origin) const;
  /// Whether its limit is less than that of all hosts.
  bool slowed_down(const std::string& origin) const;
  /// Nothing is to be sent to the host before; in the past where it may.
  MonotonicTime not_before(const std::string& origin) const;
  /// The next end of a host's pause.
  std::optional<MonotonicTime> next_end_of_pause(MonotonicTime now) const;

  /// A request goes out. Whether it may, the caller has asked.
  Round begin(const std::string& origin, MonotonicTime now);
  /// It was answered; before end(). Statuses that tell nothing about load are ignored. If this was an event: the how
  /// manyth without a success between them; else 0.
  int answered(const std::string& origin, Round began, int status, std::optional<std::chrono::seconds> retry_after,
               MonotonicTime now);
  /// It failed without an answer: an event like those, if the host is slowed down, except that nothing is halved.
  int failed(const std::string& origin, Round began);
  /// It is over, answered or not; once for each begin().
  void end(const std::string& origin, MonotonicTime now);

  /// For tests.
  std::size_t limit(const std::string& origin) const;
  std::size_t known_hosts() const { return hosts_.size(); }

 private:
  struct Host {
    std::size_t limit;
    std::size_t under_way = 0;
    std::size_t successes = 0;  // towards the next step up
    Round round = 0;            // events so far
    int events_in_a_row = 0;
    MonotonicTime not_before{};
    MonotonicTime last_end{};
  };

  int refused(Host& host, Round began, std::optional<std::chrono::seconds> retry_after, MonotonicTime now) const;
  bool forgettable(const Host& host, MonotonicTime now) const;

  std::size_t most_;
  Duration longest_pause_;
  std::unordered_map<std::string, Host> hosts_;
};

}  // namespace g2afs
