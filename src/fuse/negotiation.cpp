// SPDX-License-Identifier: MIT
#include "g2afs/fuse/negotiation.hpp"

#include <fstream>

#include "g2afs/base/ids.hpp"

namespace g2afs {
namespace {

/// Requests of 1 MiB cost a third less than those of 128 KiB; more than 256 pages the kernel does not send by default.
constexpr unsigned kLargestRequest = 1 << 20;

/// Page-cached reads that hang count here, and whatever comes after that many waits in line behind them. With the
/// kernel's default of 12, thirteen hung readers would stop every other one.
constexpr unsigned kMaxBackground = 1024;
/// From here on the kernel gives up reading ahead, which leaves the rest to reads that somebody waits for.
constexpr unsigned kCongestionThreshold = kMaxBackground / 4 * 3;

/// Where the kernel has them. Left out on purpose: AUTO_INVAL_DATA (contents do not change; an object that did is seen
/// at open), ASYNC_DIO (a process in an O_DIRECT read could not be interrupted), SPLICE_* (no faster than writev),
/// ATOMIC_O_TRUNC and WRITEBACK_CACHE (nothing is written).
constexpr unsigned kWanted = FUSE_CAP_ASYNC_READ | FUSE_CAP_READDIRPLUS | FUSE_CAP_READDIRPLUS_AUTO |
                             FUSE_CAP_PARALLEL_DIROPS | FUSE_CAP_EXPORT_SUPPORT;

}  // namespace

void negotiate(fuse_conn_info& connection, unsigned max_read) {
  connection.want = kWanted & connection.capable;
  // The size of a read follows that of a write (libfuse: max_pages). It can only be made smaller than libfuse's buffer.
  if (connection.max_write > kLargestRequest) connection.max_write = kLargestRequest;
  connection.max_read = max_read;
  connection.max_readahead = kLargestRequest;
  connection.max_background = kMaxBackground;
  connection.congestion_threshold = kCongestionThreshold;
}

unsigned max_read_of(const std::vector<std::string>& options) {
  constexpr std::string_view kKey = "max_read=";
  unsigned bytes = 0;
  for (const std::string& option : options) {
    if (!option.starts_with(kKey)) continue;
    bytes = static_cast<unsigned>(parse_decimal(std::string_view(option).substr(kKey.size())).value_or(0));
  }
  return bytes;
}

void raise_readahead(DeviceNumber device) {
  std::ofstream limit("/sys/class/bdi/" + to_string(device) + "/read_ahead_kb");
  limit << kLargestRequest / 1024;
}

}  // namespace g2afs
