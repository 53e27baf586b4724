// SPDX-License-Identifier: MIT
#include "g2afs/fuse/mount_table.hpp"

#include <charconv>
#include <fstream>
#include <iterator>
#include <vector>

namespace g2afs {
namespace {

std::optional<DeviceNumber> parse_device(std::string_view text) {
  DeviceNumber device;
  const char* const end = text.data() + text.size();
  const auto major = std::from_chars(text.data(), end, device.major_number);
  if (major.ec != std::errc{} || major.ptr == end || *major.ptr != ':') return std::nullopt;
  const auto minor = std::from_chars(major.ptr + 1, end, device.minor_number);
  if (minor.ec != std::errc{} || minor.ptr != end) return std::nullopt;
  return device;
}

/// Space, tab, newline and backslash are written as \040, \011, \012 and \134.
std::string unescape(std::string_view text) {
  std::string plain;
  for (std::size_t at = 0; at < text.size(); ++at) {
    unsigned char code = 0;
    if (text[at] == '\\' && at + 3 < text.size() &&
        std::from_chars(&text[at + 1], &text[at + 1] + 3, code, 8).ptr == &text[at + 1] + 3) {
      plain += static_cast<char>(code);
      at += 3;
    } else {
      plain += text[at];
    }
  }
  return plain;
}

/// Calls visit(device, mount point as it is written) for each line, oldest mount first.
template <class Visit>
void for_each_mount(std::string_view text, Visit visit) {
  while (!text.empty()) {
    auto line = text.substr(0, text.find('\n'));
    text.remove_prefix(std::min(line.size() + 1, text.size()));
    // 36 35 0:52 / /mnt rw,nosuid,nodev shared:1 - fuse.g2afs source rw,user_id=0
    std::string_view fields[5];
    for (auto& field : fields) {
      field = line.substr(0, line.find(' '));
      line.remove_prefix(std::min(field.size() + 1, line.size()));
    }
    if (const auto device = parse_device(fields[2])) visit(*device, fields[4]);
  }
}

}  // namespace

std::string to_string(DeviceNumber device) {
  return std::to_string(device.major_number) + ':' + std::to_string(device.minor_number);
}

MountTable MountTable::read() {
  std::ifstream file("/proc/self/mountinfo");
  return MountTable(std::string(std::istreambuf_iterator<char>(file), {}));
}

std::optional<DeviceNumber> MountTable::at(std::string_view mountpoint) const {
  std::optional<DeviceNumber> topmost;
  for_each_mount(text_, [&](DeviceNumber device, std::string_view where) {
    if (unescape(where) == mountpoint) topmost = device;
  });
  return topmost;
}

bool MountTable::mounted(DeviceNumber wanted) const {
  bool found = false;
  for_each_mount(text_, [&](DeviceNumber device, std::string_view) { found = found || device == wanted; });
  return found;
}

}  // namespace g2afs
