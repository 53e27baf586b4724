// SPDX-License-Identifier: MIT
#include "g2afs/app/recordings_under.hpp"

#include <algorithm>
#include <iterator>

#include "g2afs/app/directory_names.hpp"
#include "g2afs/base/ids.hpp"

namespace g2afs {
namespace {

// Levels below the root: year, month, day, recording, file.
constexpr std::ptrdiff_t kRecording = 4;

std::ptrdiff_t level(const std::filesystem::path& below) { return std::distance(below.begin(), below.end()); }

void collect(const MountedPath& mount, const std::filesystem::path& below, RecordingsUnder& found) {
  if (level(below) == kRecording) {
    found.recordings.push_back(below);
    return;
  }
  const auto names = directory_names(below.empty() ? mount.root : mount.root / below, mount.device);
  if (!names) {
    found.failures.push_back(names.error());
    return;
  }
  for (const std::string& name : *names) {
    // Years, months, days and ids are all numbers; what else may be there one day is no recording.
    if (parse_decimal(name)) collect(mount, below / name, found);
  }
}

}  // namespace

RecordingsUnder recordings_under(const MountedPath& path) {
  RecordingsUnder found;
  auto below = path.below;
  if (!below.empty() && !parse_decimal(below.begin()->native())) {
    found.failures.push_back(Error{Errc::Invalid, path.path().native() + ": holds no recordings"});
    return found;
  }
  while (level(below) > kRecording) below = below.parent_path();
  collect(path, below, found);
  return found;
}

}  // namespace g2afs
