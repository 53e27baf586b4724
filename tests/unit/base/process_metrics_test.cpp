// SPDX-License-Identifier: MIT
#include "g2afs/base/process_metrics.hpp"

#include <chrono>
#include <fcntl.h>
#include <map>
#include <string>
#include <sys/resource.h>

#include <gtest/gtest.h>

#include "g2afs/base/file_descriptor.hpp"

namespace g2afs {
namespace {

std::map<std::string, double> values() {
  std::map<std::string, double> values;
  for (const auto& family : process_metrics()) {
    const auto& metric = family.metric.at(0);
    values[family.name] = family.type == prometheus::MetricType::Counter ? metric.counter.value : metric.gauge.value;
  }
  return values;
}

TEST(ProcessMetrics, TellOfThisProcess) {
  const auto before = values();
  EXPECT_EQ(before.size(), 6u);
  const double now = std::chrono::duration<double>(std::chrono::system_clock::now().time_since_epoch()).count();
  EXPECT_LE(before.at("process_start_time_seconds"), now + 1);  // btime is rounded
  EXPECT_GE(before.at("process_start_time_seconds"), now - 3600);
  EXPECT_GT(before.at("process_resident_memory_bytes"), 1 << 20);
  EXPECT_GE(before.at("process_virtual_memory_bytes"), before.at("process_resident_memory_bytes"));
  rlimit limit{};
  ASSERT_EQ(getrlimit(RLIMIT_NOFILE, &limit), 0);
  EXPECT_EQ(before.at("process_max_fds"), static_cast<double>(limit.rlim_cur));

  const FileDescriptor one(open("/dev/null", O_RDONLY | O_CLOEXEC)), other(open("/dev/null", O_RDONLY | O_CLOEXEC));
  EXPECT_EQ(values().at("process_open_fds"), before.at("process_open_fds") + 2);
  EXPECT_GE(values().at("process_cpu_seconds_total"), before.at("process_cpu_seconds_total"));
}

TEST(ProcessMetrics, AProcessMayHaveAnyName) {
  const std::string rest = " S 1 2 3 4 5 6 7 8 9 10 11 12 13 14 15 16 17 18 4711 20\n";
  EXPECT_EQ(start_ticks("12 (g2afs)" + rest), 4711);
  EXPECT_EQ(start_ticks("12 (a) 1 2 (b)" + rest), 4711);
  EXPECT_EQ(start_ticks("12 (g2afs) S 1 2"), -1);
  EXPECT_EQ(start_ticks(""), -1);
}

}  // namespace
}  // namespace g2afs
