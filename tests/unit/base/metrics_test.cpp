// SPDX-License-Identifier: MIT
#include "g2afs/base/metrics.hpp"

#include <gtest/gtest.h>

namespace g2afs {
namespace {

TEST(Metrics, ShowsTheNamesOfTheContract) {
  Metrics metrics;
  metrics.api_requests("list", "200").Increment();
  metrics.api_requests("list", "200").Increment();
  metrics.media_requests("206").Increment();
  metrics.retries("stall").Increment();
  metrics.recordings("ready").Set(12);
  metrics.media_bytes.Increment(5);
  const std::string text = metrics.text();
  for (const char* line :
       {"g2afs_api_requests_total{call=\"list\",code=\"200\"} 2\n", "g2afs_media_requests_total{code=\"206\"} 1\n",
        "g2afs_media_bytes_total 5\n", "g2afs_read_bytes_total 0\n", "g2afs_cache_hit_bytes_total 0\n",
        "g2afs_retries_total{reason=\"stall\"} 1\n", "g2afs_recordings{state=\"ready\"} 12\n", "g2afs_open_files 0\n",
        "g2afs_buffer_bytes 0\n", "g2afs_disk_cache_bytes 0\n", "g2afs_disk_cache_read_bytes_total 0\n",
        "g2afs_disk_cache_written_bytes_total 0\n", "g2afs_disk_cache_dropped_blocks_total 0\n",
        "g2afs_disk_cache_refused_writes_total 0\n", "g2afs_disk_cache_evicted_files_total 0\n"}) {
    EXPECT_NE(text.find(line), std::string::npos) << line << " in\n" << text;
  }
}

}  // namespace
}  // namespace g2afs
