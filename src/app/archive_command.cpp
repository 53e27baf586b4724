// SPDX-License-Identifier: MIT
#include "g2afs/app/archive_command.hpp"

#include <algorithm>
#include <cerrno>
#include <cstdlib>
#include <optional>
#include <sys/stat.h>
#include <thread>

#include <fmt/format.h>

#include "g2afs/app/exit_status.hpp"
#include "g2afs/app/interrupts.hpp"
#include "g2afs/app/mounted_devices.hpp"
#include "g2afs/app/progress_text.hpp"
#include "g2afs/app/rate.hpp"
#include "g2afs/app/system_failure.hpp"
#include "g2afs/app/uninterrupted.hpp"

namespace g2afs {
namespace {

// What people see as moving; without a terminal there is nothing to move.
constexpr std::chrono::milliseconds kRedraw{200};
constexpr std::chrono::milliseconds kForEver{-1};
// After Ctrl-C: marks that the server is about to answer are still counted.
constexpr std::chrono::milliseconds kGrace{1'000};
constexpr std::size_t kBar = 20;

void say_failure(ProgressLine& line, const std::string& what) { line.say("g2afs: " + what); }

Result<void> check_copy(const std::filesystem::path& copy, const std::set<dev_t>& no_copies) {
  struct stat entry {};
  if (uninterrupted([&] { return stat(copy.c_str(), &entry); }) != 0) return system_failure(errno, copy.native());
  if (!S_ISDIR(entry.st_mode)) return fail(Errc::NotDirectory, copy.native() + ": not a directory");
  if (no_copies.contains(entry.st_dev)) return fail(Errc::Invalid, copy.native() + ": is in a g2afs mount, not a copy");
  // Through another file system, as an overlay, bindfs or NFS is, a mount looks like a mount.
  if (find_in_mount(copy)) return fail(Errc::Invalid, copy.native() + ": is a view of a g2afs mount, not a copy");
  return {};
}

std::string progress(const ArchiveCounts& counts, const ArchiveCommand& command, const Rate& rate) {
  if (!counts.found) return fmt::format("looking: {} recordings", counts.recordings);
  const auto recordings = fmt::format("{}/{}", counts.done(), counts.recordings);
  const std::uint64_t done = command.size_only ? counts.done() : counts.bytes;
  const std::uint64_t total = command.size_only ? counts.recordings : std::max(counts.bytes, counts.bytes_in_all);
  std::string text = format_bar(done, total, kBar) + ' ' + recordings;
  if (!command.size_only) {
    text += fmt::format(", {} of {}, {}/s", format_bytes(done), format_bytes(total),
                        format_bytes(static_cast<std::uint64_t>(rate.per_second())));
  }
  if (const auto left = done < total ? rate.time_for(total - done) : std::nullopt) {
    text += fmt::format(", {} left", format_duration(*left));
  }
  return text;
}

/// Until the run is over or somebody interrupts it. False: it does not come back.
bool watch(ArchiveRun& run, const ArchiveCommand& command, ProgressLine& line, Interrupts& interrupts) {
  Rate rate;
  for (;;) {
    switch (interrupts.wait(line.on_terminal() ? kRedraw : kForEver)) {
      case Interrupts::Event::Finished: return true;
      case Interrupts::Event::Interrupted: run.stop(); return interrupts.wait(kGrace) == Interrupts::Event::Finished;
      case Interrupts::Event::TimePassed: break;
    }
    const ArchiveCounts counts = run.counts();
    if (counts.found) rate.update(command.size_only ? counts.done() : counts.bytes, std::chrono::steady_clock::now());
    line.show(progress(counts, command, rate));
  }
}

}  // namespace

std::string archive_summary(const ArchiveCounts& counts, const ArchiveCommand& command) {
  const std::uint64_t others = counts.recordings - counts.archived_before - counts.marked;
  std::string text = fmt::format("{} recording{}: {} {}, {} archived before{}, {} not", counts.recordings,
                                 counts.recordings == 1 ? "" : "s", counts.marked,
                                 command.dry_run ? "would be marked archived" : "marked archived",
                                 counts.archived_before, command.recheck ? " and proved again" : "", others);
  // After an interrupt. What was asked for may come true.
  if (counts.marking > 0) text += fmt::format(", {} of them asked for without an answer", counts.marking);
  if (const auto untried = others - counts.failed - counts.marking; untried > 0) {
    text += fmt::format(", {} of them not tried", untried);
  }
  if (counts.unlisted > 0) {
    text += fmt::format("; {} director{} could not be listed", counts.unlisted, counts.unlisted == 1 ? "y" : "ies");
  }
  if (!counts.found) text += "; there are more recordings";
  return text;
}

int run_archive(const ArchiveCommand& command, ProgressLine& line, std::FILE* out) {
  ArchiveTerms terms{command.copy, command.size_only, command.dry_run, command.recheck, g2afs_devices()};
  std::vector<MountedPath> paths;
  bool all_found = true;
  for (const auto& path : command.paths) {
    auto mounted = find_in_mount(path);
    if (!mounted) {
      say_failure(line, mounted.error().what);
      if (mounted.error().code == Errc::Invalid) return kUsage;
      all_found = false;
      continue;
    }
    terms.no_copies.insert(mounted->device);
    paths.push_back(*std::move(mounted));
  }
  if (const auto usable = check_copy(command.copy, terms.no_copies); !usable) {
    say_failure(line, usable.error().what);
    return kUsage;
  }

  Interrupts interrupts;
  ArchiveRun run(std::move(terms), std::move(paths), {}, [&line](const std::string& what) { say_failure(line, what); });
  std::thread work([&] {
    run.run();
    interrupts.finish();
  });
  const bool came_back = watch(run, command, line, interrupts);
  if (came_back) work.join();
  line.clear();
  const ArchiveCounts counts = run.counts();
  fmt::print(out, "{}\n", archive_summary(counts, command));
  if (!came_back) {
    // Its threads are within calls that the mount does not answer; only the end of the process interrupts them.
    std::fflush(out);
    std::_Exit(kFailed);
  }
  return all_found && counts.all_archived() ? kFine : kFailed;
}

}  // namespace g2afs
