// SPDX-License-Identifier: MIT
#include "g2afs/content/known_files.hpp"

namespace g2afs {

std::shared_ptr<ContentFile> KnownFiles::find_or_make(Day day, FileKey key, std::optional<std::uint64_t> size) {
  const Known* known = files_.tryGet(key);
  const bool changed = known != nullptr && known->file->changed();
  if (known != nullptr && !changed) {
    if (size && !known->file->size()) known->file->learn_size(*size);
    if (!size || known->file->size() == size) return known->file;
    known->file->supersede();
  }
  auto file = std::make_shared<ContentFile>(services_, key, next_serial_++, size);
  const auto tree = catalog_.tree();
  const DayNode* node = tree->find(day);
  const Recording* recording = node == nullptr ? nullptr : node->find(key.id);
  // What is on disk of one that has just turned out to have changed is of the version before.
  if (recording != nullptr) file->allow_disk(recording->start, !changed);
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
