// SPDX-License-Identifier: MIT
#include "g2afs/app/mounted_devices.hpp"

#include <fstream>
#include <sstream>
#include <string>
#include <string_view>
#include <sys/stat.h>
#include <sys/sysmacros.h>
#include <vector>

#include "g2afs/app/uninterrupted.hpp"

namespace g2afs {
namespace {

/// mountinfo writes what would end a field or an option as \040.
std::string unescaped(std::string_view text) {
  std::string plain;
  for (std::size_t i = 0; i < text.size(); ++i) {
    const auto digits = text.substr(i).starts_with('\\') ? text.substr(i + 1, 3) : std::string_view();
    if (digits.size() == 3 && digits.find_first_not_of("01234567") == std::string_view::npos) {
      plain += static_cast<char>((digits[0] - '0') * 64 + (digits[1] - '0') * 8 + (digits[2] - '0'));
      i += 3;
    } else {
      plain += text[i];
    }
  }
  return plain;
}

/// `lowerdir=/a:/b`, where a colon of a name has a backslash before it.
void add_layers(std::string_view value, std::vector<std::string>& layers) {
  layers.emplace_back();
  for (std::size_t i = 0; i < value.size(); ++i) {
    if (value[i] == ':') {
      layers.emplace_back();
      continue;
    }
    if (value[i] == '\\' && i + 1 < value.size()) ++i;
    layers.back() += value[i];
  }
}

/// The directories that an overlay shows, by its options.
std::vector<std::string> layers_of(const std::string& options) {
  std::vector<std::string> layers;
  std::istringstream stream(options);
  for (std::string option; std::getline(stream, option, ',');) {
    const auto equals = option.find('=');
    if (equals == std::string::npos) continue;
    const auto key = option.substr(0, equals);
    const auto value = unescaped(std::string_view(option).substr(equals + 1));
    if (key == "lowerdir") add_layers(value, layers);
    if (key == "lowerdir+" || key == "datadir+") layers.push_back(value);
  }
  return layers;
}

std::optional<dev_t> device_of_path(const std::filesystem::path& path) {
  struct stat entry {};
  if (uninterrupted([&] { return stat(path.c_str(), &entry); }) != 0) return std::nullopt;
  return entry.st_dev;
}

}  // namespace

std::set<dev_t> g2afs_devices(std::istream& mountinfo, const DeviceOf& device_of) {
  std::set<dev_t> devices;
  for (std::string line; std::getline(mountinfo, line);) {
    // 36 35 0:58 / /mnt rw,noatime shared:1 - fuse.g2afs /etc/acme.json rw: after the lone dash, the type.
    std::istringstream fields(line);
    std::string id, parent, word, type, source, options;
    unsigned major = 0, minor = 0;
    char colon = 0;
    if (!(fields >> id >> parent >> major >> colon >> minor) || colon != ':') continue;
    while (fields >> word && word != "-") {
    }
    if (!(fields >> type)) continue;
    bool ours = type == "fuse.g2afs" || type == "g2afs";
    if (type == "overlay" && fields >> source >> options) {
      for (const auto& layer : layers_of(options)) {
        const auto device = layer.starts_with('/') ? device_of(layer) : std::nullopt;
        ours = ours || (device && devices.contains(*device));
      }
    }
    if (ours) devices.insert(makedev(major, minor));
  }
  return devices;
}

std::set<dev_t> g2afs_devices() {
  std::ifstream mountinfo("/proc/self/mountinfo");
  return g2afs_devices(mountinfo, device_of_path);
}

}  // namespace g2afs
