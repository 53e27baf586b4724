// SPDX-License-Identifier: MIT
// How numbers, durations and rates are written for people who watch. Any thread; pure.
#pragma once

#include <chrono>
#include <cstdint>
#include <string>

namespace g2afs {

/// `12 B`, `3.4 MB`, `512 GB`: powers of 1,000, as disks and networks are sold by.
std::string format_bytes(std::uint64_t bytes);
/// `0:07`, `12:34`, `5:07:00`.
std::string format_duration(std::chrono::seconds duration);
/// `[####------]`, `width` columns between the brackets; empty of nothing.
std::string format_bar(std::uint64_t done, std::uint64_t total, std::size_t width);

}  // namespace g2afs
