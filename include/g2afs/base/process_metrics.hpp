// SPDX-License-Identifier: MIT
// What Prometheus' own libraries show of the process they are in, by the same names. Any thread; it reads /proc, and
// waits for nothing.
#pragma once

#include <string_view>
#include <vector>

#include <prometheus/metric_family.h>

namespace g2afs {

/// What cannot be read is left out.
std::vector<prometheus::MetricFamily> process_metrics();

/// The start of a process, in clock ticks since the machine's, of the text of its /proc/PID/stat (proc(5)); negative
/// where it is no such text.
long long start_ticks(std::string_view stat);

}  // namespace g2afs
