// SPDX-License-Identifier: MIT
#include "g2afs/base/metrics.hpp"

#include <iterator>

#include <prometheus/text_serializer.h>

#include "g2afs/base/error.hpp"
#include "g2afs/base/process_metrics.hpp"

namespace g2afs {
namespace {

using prometheus::Counter;
using prometheus::Family;
using prometheus::Gauge;
using prometheus::Histogram;

// Seconds. From an answer of a server next door to what `timeout` and a Retry-After allow.
const Histogram::BucketBoundaries kRequest{0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10, 30, 60};
// From a copy out of memory, over one round trip, to `retry_for`.
const Histogram::BucketBoundaries kRead{0.0001, 0.0005, 0.001, 0.005, 0.01, 0.05, 0.1, 0.25,
                                        0.5,    1,      5,     10,    30,   60,   120};

Metrics::Counts sums(const Family<Counter>& family, std::string_view label) {
  Metrics::Counts sums;
  for (const auto& collected : family.Collect()) {
    for (const auto& metric : collected.metric) {
      for (const auto& each : metric.label) {
        if (each.name == label) sums[each.value] += static_cast<std::uint64_t>(metric.counter.value);
      }
    }
  }
  return sums;
}

}  // namespace

Family<Counter>& Metrics::counters(const char* name, const char* help) {
  described_.push_back({name, "counter", help});
  return prometheus::BuildCounter().Name(name).Help(help).Register(registry_);
}

Family<Gauge>& Metrics::gauges(const char* name, const char* help) {
  described_.push_back({name, "gauge", help});
  return prometheus::BuildGauge().Name(name).Help(help).Register(registry_);
}

Family<Histogram>& Metrics::histograms(const char* name, const char* help) {
  described_.push_back({name, "histogram", help});
  return prometheus::BuildHistogram().Name(name).Help(help).Register(registry_);
}

Metrics::Metrics()
    : media_bytes(counters("g2afs_media_bytes_total", "Bytes received in bodies from media hosts.").Add({})),
      read_bytes(counters("g2afs_read_bytes_total", "Bytes handed to readers.").Add({})),
      cache_hit_bytes(
          counters("g2afs_cache_hit_bytes_total",
                   "Bytes handed to readers without having been fetched for that: from the disk cache, or from memory "
                   "where they had been handed out before.")
              .Add({})),
      disk_read_bytes(
          counters("g2afs_disk_cache_read_bytes_total", "Bytes read from the disk cache, and proven.").Add({})),
      disk_written_bytes(counters("g2afs_disk_cache_written_bytes_total", "Bytes written to the disk cache.").Add({})),
      disk_dropped(counters("g2afs_disk_cache_dropped_blocks_total",
                            "Blocks of the disk cache that were found damaged, and are fetched anew.")
                       .Add({})),
      disk_refused(
          counters("g2afs_disk_cache_refused_writes_total", "Times the disk cache had no room, and nothing to evict.")
              .Add({})),
      disk_evicted(counters("g2afs_disk_cache_evicted_files_total", "Files evicted from the disk cache.").Add({})),
      disk_bytes(gauges("g2afs_disk_cache_bytes",
                        "What the disk cache takes, with all mounts that share it, as it was known a moment ago.")
                     .Add({})),
      open_files(gauges("g2afs_open_files", "Files held open by processes.").Add({})),
      buffer_bytes(gauges("g2afs_buffer_bytes", "Memory held by blocks of content.").Add({})),
      api_up(gauges("g2afs_api_up", "Whether the last call to the API got what it asked for.").Add({})),
      media_first_byte(histograms("g2afs_media_first_byte_seconds",
                                  "From when a request to a media host could be sent to the head of its answer.")
                           .Add({}, kRequest)),
      read_seconds(histograms("g2afs_read_duration_seconds",
                              "Time a reader waited for a read that reached g2afs, whatever came of it.")
                       .Add({}, kRead)),
      api_requests_(counters("g2afs_api_requests_total", "Requests to the API, by call and answer.")),
      media_requests_(counters("g2afs_media_requests_total", "Requests to media hosts, by answer.")),
      retries_(counters("g2afs_retries_total", "Requests sent again, by reason.")),
      read_errors_(counters("g2afs_read_errors_total", "Reads that failed, by reason.")),
      recordings_(gauges("g2afs_recordings", "Recordings known, by state.")),
      api_seconds_(histograms("g2afs_api_request_duration_seconds",
                              "From when a request to the API is sent to the end of its answer, by call.")),
      token_expiry_(gauges("g2afs_token_expiry_timestamp_seconds",
                           "When the access token in hand ends; a new one is fetched by the next call.")) {
  gauges("g2afs_build_info", "1, with the version as a label.").Add({{"version", G2AFS_VERSION}}).Set(1);
  // Of a series that begins with 1, Prometheus does not see that it has increased: an alert would miss the first one.
  for (const Errc code : {Errc::Unavailable, Errc::Throttled, Errc::Changed, Errc::Denied, Errc::NotFound}) {
    read_errors(to_string(code));
  }
}

Counter& Metrics::api_requests(std::string_view call, std::string_view code) {
  return api_requests_.Add({{"call", std::string(call)}, {"code", std::string(code)}});
}
Counter& Metrics::media_requests(std::string_view code) { return media_requests_.Add({{"code", std::string(code)}}); }
Counter& Metrics::retries(std::string_view reason) { return retries_.Add({{"reason", std::string(reason)}}); }
Counter& Metrics::read_errors(std::string_view reason) { return read_errors_.Add({{"reason", std::string(reason)}}); }
Gauge& Metrics::recordings(std::string_view state) { return recordings_.Add({{"state", std::string(state)}}); }
Histogram& Metrics::api_seconds(std::string_view call) {
  return api_seconds_.Add({{"call", std::string(call)}}, kRequest);
}

Metrics::Counts Metrics::api_requests_by_code() const { return sums(api_requests_, "code"); }
Metrics::Counts Metrics::media_requests_by_code() const { return sums(media_requests_, "code"); }
Metrics::Counts Metrics::retries_by_reason() const { return sums(retries_, "reason"); }

std::string Metrics::text() const {
  auto families = registry_.Collect();
  auto process = process_metrics();
  families.insert(families.end(), std::make_move_iterator(process.begin()), std::make_move_iterator(process.end()));
  return prometheus::TextSerializer().Serialize(families);
}

}  // namespace g2afs
