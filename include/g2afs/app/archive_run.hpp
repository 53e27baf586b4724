// SPDX-License-Identifier: MIT
// ArchiveRun: finds the recordings under some paths of a mount, compares each with its copy, and marks archived those
// whose copies are proved. What `g2afs archive` does, without terminal and signals.
//
// First all are found, so that what is to be done is known before it begins, and marks do not change the directories
// that are being listed; then a few are compared side by side, since a mount streams several files faster than one;
// what is proved goes to the Marker. run() blocks in one thread; the other functions are for any thread.
//
// A sidecar that the media server did not have for a moment has left its directory until the day is listed again, and
// whoever copied meanwhile does not have it. So each day is listed anew before the files of its recordings are named.
#pragma once

#include <atomic>
#include <cstdint>
#include <functional>
#include <map>
#include <mutex>
#include <set>
#include <string>
#include <vector>

#include "g2afs/app/copy_comparison.hpp"
#include "g2afs/app/marker.hpp"
#include "g2afs/app/mounted_path.hpp"
#include "g2afs/app/recording_attributes.hpp"

namespace g2afs {

struct ArchiveTerms {
  std::filesystem::path copy{};
  bool size_only = false;
  bool dry_run = false;
  bool recheck = false;         // compare those that are archived as well
  std::set<dev_t> no_copies{};  // devices of mounts, on which nothing is a copy
};

/// What it writes to the mount.
struct ArchiveWrites {
  Marker::Mark mark = mark_archived;
  Marker::Mark refresh = refresh_listing;  // of a day
};

struct ArchiveCounts {
  std::uint64_t recordings = 0;
  std::uint64_t archived_before = 0;
  std::uint64_t marked = 0;   // or would be, in a dry run
  std::uint64_t marking = 0;  // the mount has not answered yet
  std::uint64_t failed = 0;
  std::uint64_t unlisted = 0;  // directories whose recordings are not known
  std::uint64_t bytes = 0;     // compared
  std::uint64_t bytes_in_all = 0;
  bool found = false;  // what there is to do is known

  std::uint64_t done() const { return archived_before + marked + failed; }
  bool all_archived() const { return found && unlisted == 0 && archived_before + marked == recordings; }
};

class ArchiveRun {
 public:
  /// For each recording that is not archived, and each directory that cannot be listed: a line, from any thread.
  using Say = std::function<void(const std::string&)>;

  ArchiveRun(ArchiveTerms terms, std::vector<MountedPath> paths, ArchiveWrites writes, Say say);

  void run();
  /// Soon: no mark begins any more, comparisons end at their next piece. run() returns once the last call that the mount
  /// has not answered is.
  void stop();
  ArchiveCounts counts() const;

 private:
  struct Candidate {
    const MountedPath* path;
    std::filesystem::path recording;  // relative to the root
    std::uint64_t size;               // of its video, if that is to be compared
    bool archived;
  };
  /// One that holds candidates.
  struct Day {
    std::once_flag asked;
    Result<void> listed;
  };

  void find_all();
  void examine(const MountedPath& path, const std::filesystem::path& recording);
  void compare_all();
  Result<void> list_anew(const std::filesystem::path& day);
  void compare(const Candidate& candidate, CopyComparison& comparison);
  void proved(const Candidate& candidate);
  Result<void> mark(const std::filesystem::path& recording);
  void marked(const Result<void>& answer);
  void failed(const std::string& line);
  void explain_places();

  const ArchiveTerms terms_;
  const std::vector<MountedPath> paths_;
  const ArchiveWrites writes_;
  const Say say_;
  std::vector<Candidate> candidates_;
  std::map<std::filesystem::path, Day> days_;
  std::atomic<std::size_t> next_ = 0;
  std::atomic<std::size_t> without_copy_ = 0;
  std::atomic<bool> stopped_ = false;
  mutable std::mutex mutex_;
  ArchiveCounts counts_;
  Marker marker_;  // last: its threads count
};

}  // namespace g2afs
