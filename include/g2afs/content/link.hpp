// SPDX-License-Identifier: MIT
// Link: what transfers have taught about the way to one media host: how long its first byte takes, what one connection
// brings, and how many ranges at once are worth asking for. Pure policy, time comes from outside; loop thread only.
//
// - A range is as long as makes its transfer take about twice its latency, so that two thirds of a connection's time
//   bring bytes: no shorter than kSmallestRequest, no longer than kLargestRequest.
// - How many ranges at once is found by climbing: kStepUp times as many are tried when a reader waits although all it may
//   have are under way, and kept if they bring clearly more bytes a second than before; else the number falls back, and
//   the next attempt is put off, twice as long each time.
// - A request that somebody waits for and that has been silent for longer than nearly all before it is worth asking
//   again, as long as that costs next to nothing (hedge_after(), hedged()).
//
// Links keeps those of the hosts that were used last, so the next file begins where the last one had got to.
#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <memory>
#include <optional>
#include <string>

#include "g2afs/base/lru_cache.hpp"
#include "g2afs/net/clock.hpp"
#include "g2afs/net/url.hpp"

namespace g2afs {

class Link {
 public:
  /// `most_streams`: the connections that bulk transfers may use.
  explicit Link(std::size_t most_streams) : most_streams_(most_streams > 0 ? most_streams : 1) {}

  /// How many ranges at once are worth it, of all readers together.
  std::size_t streams() const;
  /// How long each of them is to be, in bytes.
  std::uint64_t request_size() const;
  /// Whether so many bytes more of an answer are here as soon as the first of a new connection's could be.
  bool as_soon_as_another(std::uint64_t bytes) const;
  /// How long a request for so many bytes may be silent, as hardly any other was; nothing while too few are known, or
  /// where asking again would cost too much.
  std::optional<Duration> hedge_after(std::uint64_t bytes) const;

  // What was seen.

  /// Its answers begin so long after the request was sent.
  void answered(Duration latency);
  /// The body of an answer came whole.
  void transferred(std::uint64_t bytes, Duration took);
  /// A transfer begins and ends; `bytes` of any of them have come.
  void begin(MonotonicTime now);
  void end() { --under_way_; }
  void received(std::uint64_t bytes, MonotonicTime now);
  /// A reader waits although all that streams() allows is under way.
  void pressed(MonotonicTime now);
  /// A request is asked again that may bring so many bytes twice.
  void hedged(std::uint64_t bytes) { hedged_bytes_ += bytes; }

 private:
  /// What came while so many transfers were under way, on average.
  struct Measurement {
    double streams;
    double rate;  // bytes a second
  };
  /// An attempt to climb: what it has to beat, and where to fall back to.
  struct Trial {
    Measurement before;
    std::size_t streams;
  };
  /// What its streams could bring together, in bytes a second, if each brought what one does.
  double potential() const;
  void measure_from(MonotonicTime now);

  const std::size_t most_streams_;
  std::size_t streams_ = kFirstStreams;
  std::optional<Trial> trial_;
  MonotonicTime not_before_{};  // the next attempt to climb
  Duration patience_{};

  // The measurement under way, and the last one.
  int under_way_ = 0;
  MonotonicTime measured_from_{}, last_seen_{};
  std::uint64_t measured_bytes_ = 0;
  double weighted_streams_ = 0;  // the sum over those bytes of the transfers that were under way
  std::optional<Measurement> measured_;

  Duration latency_{};                     // a moving average; zero: not known
  double stream_rate_ = 0;                 // of one connection while it brings bytes, in bytes a second; the same
  std::array<Duration, 128> latencies_{};  // the newest ones
  std::size_t answers_ = 0;
  std::uint64_t bytes_ = 0, hedged_bytes_ = 0;

  static constexpr std::size_t kFirstStreams = 4;
};

/// The links to the hosts that were used last. Loop thread only.
class Links {
 public:
  explicit Links(std::size_t most_streams) : most_streams_(most_streams), links_(kHosts) {}

  std::shared_ptr<Link> to(const Url& url);
  /// To the host used last, where the one that will be used is not known: an account's recordings are on one, mostly.
  std::shared_ptr<Link> likely();

 private:
  static constexpr std::size_t kHosts = 64;
  std::size_t most_streams_;
  LruCache<std::string, std::shared_ptr<Link>> links_;
  std::shared_ptr<Link> last_;
};

}  // namespace g2afs
