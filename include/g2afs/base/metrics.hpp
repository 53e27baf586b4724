// SPDX-License-Identifier: MIT
// The counters and gauges g2afs shows at /.g2afs/metrics, as typed handles on one prometheus registry. Any thread.
//
// SPEC.md ("Seeing what it does") fixes the names.
#pragma once

#include <memory>
#include <string>
#include <string_view>

#include <prometheus/counter.h>
#include <prometheus/family.h>
#include <prometheus/gauge.h>
#include <prometheus/registry.h>

namespace g2afs {

class Metrics {
  prometheus::Registry registry_;  // first: the handles below live in it

 public:
  Metrics();

  /// code: an HTTP status, or "error" where no answer came.
  prometheus::Counter& api_requests(std::string_view call, std::string_view code);
  prometheus::Counter& media_requests(std::string_view code);
  /// reason: "stall", "network", "status", "expired_url", "token"…
  prometheus::Counter& retries(std::string_view reason);
  prometheus::Gauge& recordings(std::string_view state);

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
  prometheus::Gauge& buffer_bytes;  // memory held by blocks

  /// Everything in Prometheus' text format.
  std::string text() const;
  prometheus::Registry& registry() { return registry_; }

 private:
  prometheus::Family<prometheus::Counter>& api_requests_;
  prometheus::Family<prometheus::Counter>& media_requests_;
  prometheus::Family<prometheus::Counter>& retries_;
  prometheus::Family<prometheus::Gauge>& recordings_;
};

}  // namespace g2afs
