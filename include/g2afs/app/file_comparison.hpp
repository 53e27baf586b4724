// SPDX-License-Identifier: MIT
// Proves that a file's copy holds what the file holds. One thread at a time: it has buffers of its own; blocks.
//
// Both are read in sequence, in large pieces. The copy's data is brought to its disk and read from there, not from the
// page cache of whoever has just written it: else a proof would be one of memory. What the proof cannot say: whether
// either file changes afterwards. So sizes and times are looked at again at the end, and a mount fails a handle whose
// object changes while it is read.
#pragma once

#include <atomic>
#include <cstdint>
#include <filesystem>
#include <functional>
#include <set>
#include <sys/types.h>
#include <vector>

#include "g2afs/base/error.hpp"

namespace g2afs {

struct FileComparisonOptions {
  bool size_only = false;       // trust equal sizes
  std::set<dev_t> no_copies{};  // what lies on these is no copy: the mounts themselves, where a symbolic link may lead
};

class FileComparison {
 public:
  explicit FileComparison(FileComparisonOptions options);

  /// Called with the number of bytes that were found equal since the last call. False: give up.
  using Progress = std::function<bool(std::uint64_t)>;

  /// Success: equal. Else one line that says what the difference or the failure is, without the original's path;
  /// NotFound where there is no copy.
  Result<void> compare(const std::filesystem::path& original, const std::filesystem::path& copy,
                       const Progress& progress);

 private:
  Result<void> compare_contents(int original, int copy, std::uint64_t size, const Progress& progress);

  const FileComparisonOptions options_;
  std::vector<char> original_;
  std::vector<char> copy_;
};

}  // namespace g2afs
