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
  metrics.api_seconds("list").Observe(0.3);
  metrics.read_seconds.Observe(0.00005);
  metrics.read_errors("changed").Increment();
  EXPECT_EQ(metrics.text().find("g2afs_token_expiry"), std::string::npos) << "there is none yet";
  metrics.token_expiry().Set(1'480'000'000);
  const std::string text = metrics.text();
  for (const char* line : {"g2afs_api_requests_total{call=\"list\",code=\"200\"} 2\n",
                           "g2afs_media_requests_total{code=\"206\"} 1\n",
                           "g2afs_media_bytes_total 5\n",
                           "g2afs_read_bytes_total 0\n",
                           "g2afs_cache_hit_bytes_total 0\n",
                           "g2afs_retries_total{reason=\"stall\"} 1\n",
                           "g2afs_recordings{state=\"ready\"} 12\n",
                           "g2afs_open_files 0\n",
                           "g2afs_buffer_bytes 0\n",
                           "g2afs_disk_cache_bytes 0\n",
                           "g2afs_disk_cache_read_bytes_total 0\n",
                           "g2afs_disk_cache_written_bytes_total 0\n",
                           "g2afs_disk_cache_dropped_blocks_total 0\n",
                           "g2afs_disk_cache_refused_writes_total 0\n",
                           "g2afs_disk_cache_evicted_files_total 0\n",
                           "g2afs_api_request_duration_seconds_bucket{call=\"list\",le=\"0.25\"} 0\n",
                           "g2afs_api_request_duration_seconds_bucket{call=\"list\",le=\"0.5\"} 1\n",
                           "g2afs_read_duration_seconds_bucket{le=\"0.0001\"} 1\n",
                           "g2afs_media_first_byte_seconds_count 0\n",
                           "g2afs_read_errors_total{reason=\"changed\"} 1\n",
                           "g2afs_read_errors_total{reason=\"unavailable\"} 0\n",
                           "g2afs_api_up 0\n",
                           "g2afs_build_info{version=\"",
                           "g2afs_token_expiry_timestamp_seconds 1480000000\n",
                           "\nprocess_resident_memory_bytes "}) {
    EXPECT_NE(text.find(line), std::string::npos) << line << " in\n" << text;
  }
}

TEST(Metrics, SumsByALabel) {
  Metrics metrics;
  EXPECT_TRUE(metrics.api_requests_by_code().empty());
  metrics.api_requests("list", "200").Increment(2);
  metrics.api_requests("urls", "200").Increment();
  metrics.api_requests("urls", "503").Increment();
  metrics.media_requests("206").Increment(7);
  metrics.retries("stall").Increment(3);
  EXPECT_EQ(metrics.api_requests_by_code(), (Metrics::Counts{{"200", 3}, {"503", 1}}));
  EXPECT_EQ(metrics.media_requests_by_code(), (Metrics::Counts{{"206", 7}}));
  EXPECT_EQ(metrics.retries_by_reason(), (Metrics::Counts{{"stall", 3}}));
}

}  // namespace
}  // namespace g2afs
