// SPDX-License-Identifier: MIT
// HostLimits: how many requests a host gets at a time, and from when on, by what it has answered. Pure policy: the time
// comes from outside, by Clock::awake(). Loop thread only.
//
// A host begins at the limit of all hosts. 429 and 503 halve its limit, once for all requests that were under way at
// that moment (one burst of refusals is one event), and nothing is sent to it for as long as its Retry-After says, or,
// without one, for 500 ms, doubled with every further event up to 4 s, until a success. Each success of a request that
// began after the last event counts towards one step up; as many as the limit are needed for a step, so that coming back
// from half takes longer the higher it is. What began before an event says nothing about the limit since.
//
// A host that fails (no answer, or 5xx) is asked on, by each who has to with his own pauses; once it is dead
// (failure_streak.hpp; one burst of failures is one), it rests like that: a thousand readers would ask it a hundred times
// a second.
#pragma once

#include <chrono>
#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <unordered_map>

#include "g2afs/net/clock.hpp"
#include "g2afs/net/failure_streak.hpp"

namespace g2afs {

class HostLimits {
 public:
  /// `most` requests a host, at least 1. No pause is longer than `longest_pause`, whatever a server says.
  HostLimits(std::size_t most, Duration longest_pause);

  /// Between which two events a request began, and when.
  struct Began {
    std::uint64_t round = 0;
    MonotonicTime at{};
  };

  /// How many more requests the host's limit lets in now; negative when it has fallen below what is under way.
  std::ptrdiff_t room(const std::string& origin) const;
  /// Whether its limit is less than that of all hosts.
  bool slowed_down(const std::string& origin) const;
  /// Nothing is to be sent to the host before; in the past where it may.
  MonotonicTime not_before(const std::string& origin) const;
  /// The next end of a host's pause.
  std::optional<MonotonicTime> next_end_of_pause(MonotonicTime now) const;

  /// A request goes out. Whether it may, the caller has asked.
  Began begin(const std::string& origin, MonotonicTime now);
  /// What an answer, or none, told of the host.
  struct Lesson {
    int events = 0;         // if it was an event: the how manyth without a success between them
    int events_before = 0;  // if it was a success: how many it has ended
  };
  /// It was answered; before end(). Other statuses than 200, 206, 429 and 5xx tell nothing.
  Lesson answered(const std::string& origin, Began began, int status, std::optional<std::chrono::seconds> retry_after,
                  MonotonicTime now);
  /// It failed without an answer: an event if the host is slowed down or taken for dead, except that nothing is halved.
  Lesson failed(const std::string& origin, Began began, MonotonicTime now);
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
    std::uint64_t round = 0;    // events so far
    int events_in_a_row = 0;
    FailureStreak failures{};
    MonotonicTime not_before{};
    MonotonicTime last_end{};
  };

  Lesson succeeded(Host& host, Began began, MonotonicTime now) const;
  Lesson refused(Host& host, Began began, std::optional<std::chrono::seconds> retry_after, MonotonicTime now) const;
  Lesson failed(Host& host, Began began, MonotonicTime now) const;
  void rest(Host& host, int event, MonotonicTime now) const;
  bool forgettable(const Host& host, MonotonicTime now) const;

  std::size_t most_;
  Duration longest_pause_;
  std::unordered_map<std::string, Host> hosts_;
};

}  // namespace g2afs
