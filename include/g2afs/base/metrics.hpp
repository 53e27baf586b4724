// SPDX-License-Identifier: MIT
// The counters, gauges and histograms g2afs shows at /.g2afs/metrics, as typed handles on one prometheus registry. Any
// thread.
//
// SPEC.md ("Seeing what it does") fixes the first names; docs/MONITORING.md says what each one means, which a test holds
// against described(). To observe a histogram takes an uncontended lock and no memory; to name one by its labels looks
// it up, which is for what happens once a request.
#pragma once

#include <cstdint>
#include <map>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include <prometheus/counter.h>
#include <prometheus/family.h>
#include <prometheus/gauge.h>
#include <prometheus/histogram.h>
#include <prometheus/registry.h>

namespace g2afs {

class Metrics {
 public:
  struct Description {
    std::string name;
    std::string type;  // "counter", "gauge", "histogram"
    std::string help;
  };

 private:
  prometheus::Registry registry_;  // first: the handles below live in it
  std::vector<Description> described_;

 public:
  Metrics();

  /// code: an HTTP status, or "error" where no answer came, or "cancelled" where nobody waited for one any more.
  prometheus::Counter& api_requests(std::string_view call, std::string_view code);
  prometheus::Counter& media_requests(std::string_view code);
  /// reason: "stall", "network", "status", "expired_url", "token"…
  prometheus::Counter& retries(std::string_view reason);
  /// reason: the name of an Errc.
  prometheus::Counter& read_errors(std::string_view reason);
  prometheus::Gauge& recordings(std::string_view state);
  /// Seconds, from when the request is sent to the end of the answer, or of waiting for one.
  prometheus::Histogram& api_seconds(std::string_view call);
  /// Unix time. Not shown before it is set, nor once it is forgotten: a fixed token has none.
  prometheus::Gauge& token_expiry() { return token_expiry_.Add({}); }
  void forget_token_expiry() { token_expiry_.Remove(&token_expiry()); }

  prometheus::Counter& media_bytes;         // received in bodies from media hosts
  prometheus::Counter& read_bytes;          // handed to readers
  prometheus::Counter& cache_hit_bytes;     // of those, from the disk cache, or from memory where they were read before
  prometheus::Counter& disk_read_bytes;     // from the disk cache, proven
  prometheus::Counter& disk_written_bytes;  // to the disk cache
  prometheus::Counter& disk_dropped;        // blocks of it, damaged
  prometheus::Counter& disk_refused;        // writes, for want of room
  prometheus::Counter& disk_evicted;        // files
  prometheus::Gauge& disk_bytes;            // in use, of all mounts that share it, as it was measured last
  prometheus::Gauge& open_files;
  prometheus::Gauge& buffer_bytes;          // memory held by blocks
  prometheus::Gauge& api_up;                // 1 if the last call got what it asked for
  prometheus::Histogram& media_first_byte;  // seconds, from when a request could be sent to the head of its answer
  prometheus::Histogram& read_seconds;      // that a reader waited; what is in memory as well

  /// What was counted so far, by the label's value.
  using Counts = std::map<std::string, std::uint64_t>;
  Counts api_requests_by_code() const;
  Counts media_requests_by_code() const;
  Counts retries_by_reason() const;

  /// Everything, and what is usual of a process, in Prometheus' text format.
  std::string text() const;
  /// Whatever there can be, also what has no sample yet; without what is of the process.
  const std::vector<Description>& described() const { return described_; }

 private:
  prometheus::Family<prometheus::Counter>& counters(const char* name, const char* help);
  prometheus::Family<prometheus::Gauge>& gauges(const char* name, const char* help);
  prometheus::Family<prometheus::Histogram>& histograms(const char* name, const char* help);

  prometheus::Family<prometheus::Counter>& api_requests_;
  prometheus::Family<prometheus::Counter>& media_requests_;
  prometheus::Family<prometheus::Counter>& retries_;
  prometheus::Family<prometheus::Counter>& read_errors_;
  prometheus::Family<prometheus::Gauge>& recordings_;
  prometheus::Family<prometheus::Histogram>& api_seconds_;
  prometheus::Family<prometheus::Gauge>& token_expiry_;
};

}  // namespace g2afs
