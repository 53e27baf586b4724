// SPDX-License-Identifier: MIT
#include "g2afs/base/metrics.hpp"

#include <prometheus/text_serializer.h>

namespace g2afs {
namespace {

using prometheus::Counter;
using prometheus::Gauge;

template <class T, class Builder>
prometheus::Family<T>& family(prometheus::Registry& registry, Builder builder, const char* name, const char* help) {
  return builder.Name(name).Help(help).Register(registry);
}

prometheus::Family<Counter>& counters(prometheus::Registry& registry, const char* name, const char* help) {
  return family<Counter>(registry, prometheus::BuildCounter(), name, help);
}

prometheus::Family<Gauge>& gauges(prometheus::Registry& registry, const char* name, const char* help) {
  return family<Gauge>(registry, prometheus::BuildGauge(), name, help);
}

}  // namespace

Metrics::Metrics()
    : media_bytes(counters(registry_, "g2afs_media_bytes_total", "Bytes received in bodies from media hosts.").Add({})),
      read_bytes(counters(registry_, "g2afs_read_bytes_total", "Bytes handed to readers.").Add({})),
      cache_hit_bytes(
          counters(registry_, "g2afs_cache_hit_bytes_total",
                   "Bytes handed to readers without having been fetched for that: from the disk cache, or from memory "
                   "where they had been handed out before.")
              .Add({})),
      disk_read_bytes(
          counters(registry_, "g2afs_disk_cache_read_bytes_total", "Bytes read from the disk cache, and proven.")
              .Add({})),
      disk_written_bytes(
          counters(registry_, "g2afs_disk_cache_written_bytes_total", "Bytes written to the disk cache.").Add({})),
      disk_dropped(counters(registry_, "g2afs_disk_cache_dropped_blocks_total",
                            "Blocks of the disk cache that were found damaged, and are fetched anew.")
                       .Add({})),
      disk_refused(counters(registry_, "g2afs_disk_cache_refused_writes_total",
                            "Times the disk cache had no room, and nothing to evict.")
                       .Add({})),
      disk_evicted(
          counters(registry_, "g2afs_disk_cache_evicted_files_total", "Files evicted from the disk cache.").Add({})),
      disk_bytes(gauges(registry_, "g2afs_disk_cache_bytes",
                        "What the disk cache takes, with all mounts that share it, as it was known a moment ago.")
                     .Add({})),
      open_files(gauges(registry_, "g2afs_open_files", "Files held open by processes.").Add({})),
      buffer_bytes(gauges(registry_, "g2afs_buffer_bytes", "Memory held by blocks of content.").Add({})),
      api_requests_(counters(registry_, "g2afs_api_requests_total", "Requests to the API, by call and answer.")),
      media_requests_(counters(registry_, "g2afs_media_requests_total", "Requests to media hosts, by answer.")),
      retries_(counters(registry_, "g2afs_retries_total", "Requests sent again, by reason.")),
      recordings_(gauges(registry_, "g2afs_recordings", "Recordings known, by state.")) {}

Counter& Metrics::api_requests(std::string_view call, std::string_view code) {
  return api_requests_.Add({{"call", std::string(call)}, {"code", std::string(code)}});
}
Counter& Metrics::media_requests(std::string_view code) { return media_requests_.Add({{"code", std::string(code)}}); }
Counter& Metrics::retries(std::string_view reason) { return retries_.Add({{"reason", std::string(reason)}}); }
Gauge& Metrics::recordings(std::string_view state) { return recordings_.Add({{"state", std::string(state)}}); }

std::string Metrics::text() const { return prometheus::TextSerializer().Serialize(registry_.Collect()); }

}  // namespace g2afs
