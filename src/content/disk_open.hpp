// SPDX-License-Identifier: MIT
// Opening the pair of a cached file, whatever version it is. Any thread; it blocks.
#pragma once

#include <filesystem>
#include <memory>

#include "g2afs/base/error.hpp"
#include "g2afs/content/disk_file.hpp"

namespace g2afs {

/// NotFound where there is none, or none that is sound. It counts as no use.
Result<std::shared_ptr<DiskFile>> open_disk_file(std::shared_ptr<DiskServices> services,
                                                 const std::filesystem::path& shard, FileKey file);

}  // namespace g2afs
