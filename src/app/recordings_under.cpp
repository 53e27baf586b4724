// SPDX-License-Identifier: MIT
#include "g2afs/app/recordings_under.hpp"

#include <iterator>

#include "g2afs/app/directory_names.hpp"
#include "g2afs/base/ids.hpp"

namespace g2afs {
namespace {

// Levels below the root: year, month, day, recording, file.
constexpr std::ptrdiff_t kRecording = 4;

std::ptrdiff_t level(const std::filesystem::path& below) { return std::distance(below.begin(), below.end()); }

void walk(const MountedPath& mount, const std::filesystem::path& below, const RecordingsVisitor& visitor) {
  if (level(below) == kRecording) return visitor.recording(below);
  const auto names = directory_names(below.empty() ? mount.root : mount.root / below, mount.device);
  if (!names) return visitor.failure(names.error());
  for (const std::string& name : *names) {
    // Years, months, days and ids are all numbers; what else may be there one day is no recording.
    if (parse_decimal(name)) walk(mount, below / name, visitor);
  }
}

}  // namespace

void recordings_under(const MountedPath& path, const RecordingsVisitor& visitor) {
  auto below = path.below;
  if (!below.empty() && !parse_decimal(below.begin()->native())) {
    return visitor.failure(Error{Errc::Invalid, path.path().native() + ": holds no recordings"});
  }
  while (level(below) > kRecording) below = below.parent_path();
  walk(path, below, visitor);
}

}  // namespace g2afs
