// SPDX-License-Identifier: MIT
// KnownFiles: the ContentFile of each file that is in use, or was read or probed of late. Loop thread only.
#pragma once

#include <cstdint>
#include <memory>
#include <optional>
#include <unordered_map>
#include <unordered_set>
#include <utility>

#include "g2afs/base/lru_cache.hpp"
#include "g2afs/catalog/catalog.hpp"
#include "g2afs/content/content_file.hpp"

namespace g2afs {

class KnownFiles {
 public:
  KnownFiles(ContentServices& services, const Catalog& catalog);
  KnownFiles(const KnownFiles&) = delete;
  KnownFiles& operator=(const KnownFiles&) = delete;

  /// The one of this size (nothing: whatever it is); a new one where there is none, or only another version.
  std::shared_ptr<ContentFile> find_or_make(Day day, FileKey key, std::optional<std::uint64_t> size);
  /// Null: there is none.
  std::shared_ptr<ContentFile> find(FileKey key) const;
  /// The day of a file that is known.
  std::optional<Day> day_of(FileKey key) const;

 private:
  struct Known {
    std::shared_ptr<ContentFile> file;
    Day day;
  };
  /// Used no more recently by that.
  std::optional<Known> peek(FileKey key) const;
  void forget_pages_of(FileKey key);

  ContentServices& services_;
  const Catalog& catalog_;
  LruCache<FileKey, Known> files_;
  /// Those that were in use when it was their turn to go.
  struct InUse {
    std::weak_ptr<ContentFile> file;
    Day day;
  };
  std::unordered_map<FileKey, InUse> in_use_;
  std::size_t sweep_at_;
  /// Those that the kernel may hold pages of, though nobody knows any more of which version; nothing: of all there are.
  std::optional<std::unordered_set<FileKey>> forgotten_pages_{std::in_place};
  std::uint64_t next_serial_ = 1;
};

}  // namespace g2afs
