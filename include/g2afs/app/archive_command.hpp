// SPDX-License-Identifier: MIT
// `g2afs archive --verify COPYDIR PATH…`: ArchiveRun with a progress line, a summary, and an end by Ctrl-C.
// Called by main(), in a process that does nothing else.
#pragma once

#include <cstdio>
#include <filesystem>
#include <vector>

#include "g2afs/app/archive_run.hpp"
#include "g2afs/app/progress_line.hpp"

namespace g2afs {

struct ArchiveCommand {
  std::filesystem::path copy{};
  bool size_only = false;
  bool dry_run = false;
  bool recheck = false;
  std::vector<std::filesystem::path> paths{};
};

/// The exit status. Each failure goes to `line`, the summary to `out`. Where it is interrupted while a call does not
/// come back from the mount, it ends the process.
int run_archive(const ArchiveCommand& command, ProgressLine& line, std::FILE* out);

/// `13 recordings: 10 marked archived, 2 archived before, 1 not`.
std::string archive_summary(const ArchiveCounts& counts, const ArchiveCommand& command);

}  // namespace g2afs
