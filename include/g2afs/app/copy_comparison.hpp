// SPDX-License-Identifier: MIT
// Proves that a directory holds a copy of a recording: every file of it, equal. One thread at a time; blocks.
#pragma once

#include <filesystem>
#include <span>
#include <sys/types.h>

#include "g2afs/app/file_comparison.hpp"
#include "g2afs/base/error.hpp"

namespace g2afs {

class CopyComparison {
 public:
  explicit CopyComparison(FileComparisonOptions options) : no_copies_(options.no_copies), files_(std::move(options)) {}

  /// `device`: the mount's. Success: the first of these places that exists has every file of the recording; what else it
  /// has does not matter. NotFound where no place exists. Else one line that says what differs or failed, without the
  /// recording's path.
  Result<void> compare(const std::filesystem::path& recording, dev_t device,
                       std::span<const std::filesystem::path> places, const FileComparison::Progress& progress);

 private:
  // Files of an overlay have another device than its directories.
  const std::set<dev_t> no_copies_;
  FileComparison files_;
};

}  // namespace g2afs
