// SPDX-License-Identifier: MIT
#include "g2afs/fs/virtual_files.hpp"

namespace g2afs {

VirtualFiles::VirtualFiles(Render status, Render metrics) : status_(std::move(status)), metrics_(std::move(metrics)) {}

std::optional<Ino> VirtualFiles::find(std::string_view name) {
  if (name == "status.json") return kStatusFileIno;
  if (name == "metrics") return kMetricsFileIno;
  return std::nullopt;
}

std::string VirtualFiles::render(Ino ino) const { return ino == kStatusFileIno ? status_() : metrics_(); }

}  // namespace g2afs
