// SPDX-License-Identifier: MIT
#include "g2afs/app/copy_places.hpp"

#include <algorithm>

namespace g2afs {

std::vector<std::filesystem::path> copy_places(const std::filesystem::path& copy, const MountedPath& path,
                                               const std::filesystem::path& recording) {
  const auto whole = path.root / recording;
  auto of = path.path();
  // Of a file, that of its recording.
  if (const auto up = whole.lexically_relative(of); *up.begin() == "..") of = whole;

  std::vector<std::filesystem::path> places;
  for (const auto& base : {path.root, of.parent_path(), of}) {
    const auto below = whole.lexically_relative(base);
    const auto place = below == "." ? copy : copy / below;
    if (std::find(places.begin(), places.end(), place) == places.end()) places.push_back(place);
  }
  return places;
}

}  // namespace g2afs
