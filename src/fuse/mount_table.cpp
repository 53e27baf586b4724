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

/// A line of the table, its names as they are written.
struct Line {
  std::string_view id, root, point, type;
  DeviceNumber device;
};

std::string_view next_field(std::string_view& line) {
  const auto field = line.substr(0, line.find(' '));
  line.remove_prefix(std::min(field.size() + 1, line.size()));
  return field;
}

/// Calls visit(line), oldest mount first.
template <class Visit>
void for_each_mount(std::string_view text, Visit visit) {
  while (!text.empty()) {
    auto line = text.substr(0, text.find('\n'));
    text.remove_prefix(std::min(line.size() + 1, text.size()));
    // 36 35 0:52 / /mnt rw,nosuid,nodev shared:1 - fuse.g2afs source rw,user_id=0
    Line parsed;
    parsed.id = next_field(line);
    next_field(line);
    const auto device = parse_device(next_field(line));
    parsed.root = next_field(line);
    parsed.point = next_field(line);
    while (!line.empty() && next_field(line) != "-") {
    }
    parsed.type = next_field(line);
    if (!device) continue;
    parsed.device = *device;
    visit(parsed);
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
  for_each_mount(text_, [&](const Line& line) {
    if (unescape(line.point) == mountpoint) topmost = line.device;
  });
  return topmost;
}

bool MountTable::mounted(DeviceNumber wanted) const {
  bool found = false;
  for_each_mount(text_, [&](const Line& line) { found = found || line.device == wanted; });
  return found;
}

std::optional<MountedHere> MountTable::numbered(unsigned id) const {
  std::optional<MountedHere> found;
  for_each_mount(text_, [&](const Line& line) {
    if (line.id == std::to_string(id)) found = {unescape(line.point), unescape(line.root), std::string(line.type)};
  });
  return found;
}

}  // namespace g2afs
