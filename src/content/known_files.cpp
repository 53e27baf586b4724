// SPDX-License-Identifier: MIT
#include "g2afs/content/known_files.hpp"

namespace g2afs {

std::shared_ptr<ContentFile> KnownFiles::find_or_make(Day day, FileKey key, std::optional<std::uint64_t> size) {
  if (const Known* known = files_.tryGet(key); known != nullptr && !known->file->changed()) {
    if (size && !known->file->size()) known->file->learn_size(*size);
    if (!size || known->file->size() == size) return known->file;
    known->file->supersede();
  }
  auto file = std::make_shared<ContentFile>(services_, key, next_serial_++, size);
  files_.insert(key, Known{file, day});
  return file;
}

std::shared_ptr<ContentFile> KnownFiles::find(FileKey key) const {
  const Known* known = files_.peek(key);
  return known == nullptr ? nullptr : known->file;
}

std::optional<Day> KnownFiles::day_of(FileKey key) const {
  const Known* known = files_.peek(key);
  return known == nullptr ? std::nullopt : std::optional(known->day);
}

}  // namespace g2afs
