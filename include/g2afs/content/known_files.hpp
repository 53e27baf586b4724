// SPDX-License-Identifier: MIT
// KnownFiles: the ContentFile of each file that is open, was read or probed of late. Loop thread only.
#pragma once

#include <cstdint>
#include <memory>
#include <optional>

#include "g2afs/base/lru_cache.hpp"
#include "g2afs/catalog/catalog.hpp"
#include "g2afs/content/content_file.hpp"

namespace g2afs {

class KnownFiles {
 public:
  KnownFiles(ContentServices& services, const Catalog& catalog) : services_(services), catalog_(catalog) {}

  /// The one of this size (nothing: whatever it is); a new one where there is none, or only another version.
  std::shared_ptr<ContentFile> find_or_make(Day day, FileKey key, std::optional<std::uint64_t> size);
  /// Null: there is none.
  std::shared_ptr<ContentFile> find(FileKey key) const;
  /// The day of a file that is known.
  std::optional<Day> day_of(FileKey key) const;

 private:
  // Those whose blocks may still be in memory; beyond these only the oldest forget theirs.
  static constexpr std::size_t kMost = 16'384;
  struct Known {
    std::shared_ptr<ContentFile> file;
    Day day;
  };

  ContentServices& services_;
  const Catalog& catalog_;
  LruCache<FileKey, Known> files_{kMost};
  std::uint64_t next_serial_ = 1;
};

}  // namespace g2afs
