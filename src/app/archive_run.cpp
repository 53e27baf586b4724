// SPDX-License-Identifier: MIT
#include "g2afs/app/archive_run.hpp"

#include <algorithm>
#include <sys/stat.h>
#include <system_error>
#include <thread>

#include <fmt/format.h>

#include "g2afs/app/copy_places.hpp"
#include "g2afs/app/recording_attributes.hpp"
#include "g2afs/app/recordings_under.hpp"
#include "g2afs/app/uninterrupted.hpp"

namespace g2afs {
namespace {

// Recordings compared at a time: enough that one's start and end do not leave the line idle; more would only divide it.
constexpr std::size_t kSideBySide = 4;
// Marks in flight: with a round trip of 200 ms some 300 a second.
constexpr std::size_t kMarks = 64;

/// Of the video, which a mount knows without asking for it; the other files are small.
std::uint64_t size_of_video(const std::filesystem::path& recording) {
  struct stat entry {};
  const auto video = recording / (recording.filename().native() + ".mp4");
  return uninterrupted([&] { return stat(video.c_str(), &entry); }) == 0 ? static_cast<std::uint64_t>(entry.st_size)
                                                                         : 0;
}

}  // namespace

ArchiveRun::ArchiveRun(ArchiveTerms terms, std::vector<MountedPath> paths, ArchiveWrites writes, Say say)
    : terms_(std::move(terms)),
      paths_(std::move(paths)),
      writes_(std::move(writes)),
      say_(std::move(say)),
      marker_(
          kMarks, [this](const auto& recording) { return this->mark(recording); },
          [this](const Result<void>& answer) { marked(answer); }) {}

void ArchiveRun::run() {
  find_all();
  compare_all();
  marker_.finish();
  explain_places();
}

void ArchiveRun::stop() {
  stopped_ = true;
  marker_.stop();
}

ArchiveCounts ArchiveRun::counts() const {
  const std::lock_guard lock(mutex_);
  return counts_;
}

void ArchiveRun::find_all() {
  std::set<std::filesystem::path> seen;  // paths may overlap
  for (const MountedPath& path : paths_) {
    const auto recording = [&](const std::filesystem::path& below) {
      if (stopped_) return;
      if (paths_.size() == 1 || seen.insert(path.root / below).second) examine(path, below);
    };
    const auto failure = [this](const Error& error) {
      say_(error.what);
      const std::lock_guard lock(mutex_);
      ++counts_.unlisted;
    };
    recordings_under(path, {recording, failure});
    if (stopped_) return;
  }
  const std::lock_guard lock(mutex_);
  counts_.found = true;
}

void ArchiveRun::examine(const MountedPath& path, const std::filesystem::path& recording) {
  {
    const std::lock_guard lock(mutex_);
    ++counts_.recordings;
  }
  const auto whole = path.root / recording;
  const auto archived = recording_archived(whole);
  if (!archived) return failed(archived.error().what);
  if (*archived && !terms_.recheck) {
    const std::lock_guard lock(mutex_);
    ++counts_.archived_before;
    return;
  }
  const auto state = recording_state(whole);
  if (!state) return failed(state.error().what);
  if (*state != State::Ready) {
    const char* why = *state == State::Transcoding ? "is being transcoded" : "not transcoded yet";
    return failed(fmt::format("{}: {}", whole.native(), why));
  }
  const std::uint64_t size = terms_.size_only ? 0 : size_of_video(whole);
  candidates_.push_back({&path, recording, size, *archived});
  days_.try_emplace(whole.parent_path());
  const std::lock_guard lock(mutex_);
  counts_.bytes_in_all += size;
}

void ArchiveRun::compare_all() {
  const FileComparisonOptions options{terms_.size_only, terms_.no_copies};
  const auto work = [this, &options] {
    CopyComparison comparison(options);
    for (std::size_t i; !stopped_ && (i = next_++) < candidates_.size();) compare(candidates_[i], comparison);
  };
  std::vector<std::jthread> workers;
  try {
    while (workers.size() < std::min(kSideBySide, candidates_.size())) workers.emplace_back(work);
  } catch (const std::system_error&) {  // the system has no more threads
    if (workers.empty()) work();
  }
}

/// By the first that needs it; others of the day wait.
Result<void> ArchiveRun::list_anew(const std::filesystem::path& day) {
  Day& one = days_.at(day);
  std::call_once(one.asked, [&] {
    one.listed = writes_.refresh(day);
    if (one.listed) return;
    one.listed = fail(Errc::Unavailable, "its listing cannot be refreshed: " + one.listed.error().what);
  });
  return one.listed;
}

void ArchiveRun::compare(const Candidate& candidate, CopyComparison& comparison) {
  const auto whole = candidate.path->root / candidate.recording;
  const auto places = copy_places(terms_.copy, *candidate.path, candidate.recording);
  std::uint64_t compared = 0;
  const auto count = [&](std::uint64_t more) {
    compared += more;
    const std::lock_guard lock(mutex_);
    counts_.bytes += more;
    return !stopped_;
  };
  auto outcome = list_anew(whole.parent_path());
  if (outcome) outcome = comparison.compare(whole, candidate.path->device, places, count);
  {
    // What was planned was only the video, and of one that differs early not all was read.
    const std::lock_guard lock(mutex_);
    counts_.bytes_in_all += compared - candidate.size;
  }
  if (outcome) return proved(candidate);
  if (stopped_) return;
  if (outcome.error().code == Errc::NotFound) ++without_copy_;
  failed(fmt::format("{}: {}{}", whole.native(), candidate.archived ? "archived already, but: " : "",
                     outcome.error().what));
}

void ArchiveRun::proved(const Candidate& candidate) {
  if (!candidate.archived && !terms_.dry_run) return marker_.add(candidate.path->root / candidate.recording);
  const std::lock_guard lock(mutex_);
  ++(candidate.archived ? counts_.archived_before : counts_.marked);
}

Result<void> ArchiveRun::mark(const std::filesystem::path& recording) {
  {
    const std::lock_guard lock(mutex_);
    ++counts_.marking;
  }
  auto answer = writes_.mark(recording);
  const std::lock_guard lock(mutex_);
  --counts_.marking;
  return answer;
}

void ArchiveRun::marked(const Result<void>& answer) {
  if (!answer) return failed(answer.error().what + " (its copy is proved, but the mark failed)");
  const std::lock_guard lock(mutex_);
  ++counts_.marked;
}

void ArchiveRun::failed(const std::string& line) {
  say_(line);
  const std::lock_guard lock(mutex_);
  ++counts_.failed;
}

/// Where none has a copy, the copy is probably laid out in another way.
void ArchiveRun::explain_places() {
  if (candidates_.empty() || without_copy_ != candidates_.size()) return;
  std::string line;
  for (const auto& place : copy_places(terms_.copy, *candidates_[0].path, candidates_[0].recording)) {
    line += fmt::format("{}{}", line.empty() ? "no copy was found, neither at " : " nor at ", place.native());
  }
  say_(line);
}

}  // namespace g2afs
