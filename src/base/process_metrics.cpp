// SPDX-License-Identifier: MIT
#include "g2afs/base/process_metrics.hpp"

#include <charconv>
#include <filesystem>
#include <fstream>
#include <iterator>
#include <string>
#include <sys/resource.h>
#include <system_error>
#include <unistd.h>

namespace g2afs {
namespace {

using prometheus::MetricFamily;
using prometheus::MetricType;

MetricFamily family(const char* name, const char* help, MetricType type, double value) {
  MetricFamily one{name, help, type, {}};
  one.metric.emplace_back();
  (type == MetricType::Counter ? one.metric.back().counter.value : one.metric.back().gauge.value) = value;
  return one;
}

double seconds(const timeval& time) {
  return static_cast<double>(time.tv_sec) + static_cast<double>(time.tv_usec) / 1e6;
}

std::string text_of(const char* file) {
  std::ifstream stream(file);
  return {std::istreambuf_iterator<char>(stream), {}};
}

/// When the machine started, Unix time; negative where that is not known.
long long boot_time() {
  std::ifstream stat("/proc/stat");
  for (std::string word; stat >> word;) {
    long long time = -1;
    if (word == "btime" && stat >> time) return time;
  }
  return -1;
}

void add_start(std::vector<MetricFamily>& all) {
  const long long ticks = start_ticks(text_of("/proc/self/stat")), boot = boot_time();
  if (ticks < 0 || boot < 0) return;
  const double start =
      static_cast<double>(boot) + static_cast<double>(ticks) / static_cast<double>(sysconf(_SC_CLK_TCK));
  all.push_back(family("process_start_time_seconds", "When the process started, Unix time.", MetricType::Gauge, start));
}

void add_memory(std::vector<MetricFamily>& all) {
  std::ifstream statm("/proc/self/statm");
  double size = 0, resident = 0;  // pages
  if (!(statm >> size >> resident)) return;
  const auto page = static_cast<double>(sysconf(_SC_PAGESIZE));
  all.push_back(
      family("process_virtual_memory_bytes", "Virtual memory of the process.", MetricType::Gauge, size * page));
  all.push_back(
      family("process_resident_memory_bytes", "Resident memory of the process.", MetricType::Gauge, resident * page));
}

void add_files(std::vector<MetricFamily>& all) {
  int count = -1;  // the one that reads the directory is among them
  std::error_code error;
  for (std::filesystem::directory_iterator file("/proc/self/fd", error), end; !error && file != end;
       file.increment(error)) {
    ++count;
  }
  if (!error) all.push_back(family("process_open_fds", "Open file descriptors.", MetricType::Gauge, count));
  rlimit limit{};
  if (getrlimit(RLIMIT_NOFILE, &limit) != 0) return;
  all.push_back(family("process_max_fds", "File descriptors it may open.", MetricType::Gauge,
                       static_cast<double>(limit.rlim_cur)));
}

}  // namespace

std::vector<MetricFamily> process_metrics() {
  std::vector<MetricFamily> all;
  rusage usage{};
  if (getrusage(RUSAGE_SELF, &usage) == 0) {
    all.push_back(family("process_cpu_seconds_total", "CPU time of the process, in user and system mode.",
                         MetricType::Counter, seconds(usage.ru_utime) + seconds(usage.ru_stime)));
  }
  add_start(all);
  add_memory(all);
  add_files(all);
  return all;
}

long long start_ticks(std::string_view stat) {
  // pid (name) state ppid …: the name may hold anything, and field 22 is the start.
  const auto name_end = stat.rfind(')');
  if (name_end == std::string_view::npos) return -1;
  stat.remove_prefix(name_end + 1);
  for (int field = 2; field < 22; ++field) {
    const auto space = stat.find(' ');
    if (space == std::string_view::npos) return -1;
    stat.remove_prefix(space + 1);
  }
  long long ticks = -1;
  std::from_chars(stat.data(), stat.data() + stat.size(), ticks);
  return ticks;
}

}  // namespace g2afs
