// SPDX-License-Identifier: MIT
#include "g2afs/content/known_files.hpp"

#include <algorithm>

namespace g2afs {
namespace {

// With fewer, blocks of files that nobody knows any more would take memory for nothing: so many of two pages fit.
constexpr std::size_t most_files(std::size_t memory) { return std::max<std::size_t>(memory / kPageSize / 2, 64); }
// So many that were in use are remembered before those that are gone are looked for.
constexpr std::size_t kSweepAt = 64;
// Of so many it is remembered, in some MB, that the kernel may hold pages of them.
constexpr std::size_t kMostForgotten = 100'000;

}  // namespace

KnownFiles::KnownFiles(ContentServices& services, const Catalog& catalog)
    : services_(services), catalog_(catalog), files_(most_files(services.blocks.memory())), sweep_at_(kSweepAt) {
  files_.onEvict([this](const FileKey& key, const Known& known) {
    const bool in_use = known.file.use_count() > 1;  // and may be read yet
    if (in_use || known.file->pages() != ContentFile::Pages::None) forget_pages_of(key);
    if (!in_use) return;
    if (in_use_.size() >= sweep_at_) {
      std::erase_if(in_use_, [](const auto& entry) { return entry.second.file.expired(); });
      sweep_at_ = std::max(kSweepAt, 2 * in_use_.size());
    }
    in_use_.insert_or_assign(key, InUse{known.file, known.day});
  });
}

std::optional<KnownFiles::Known> KnownFiles::peek(FileKey key) const {
  if (const Known* known = files_.peek(key)) return *known;
  const auto found = in_use_.find(key);
  if (found == in_use_.end()) return std::nullopt;
  auto file = found->second.file.lock();
  return file ? std::optional(Known{std::move(file), found->second.day}) : std::nullopt;
}

std::shared_ptr<ContentFile> KnownFiles::find_or_make(Day day, FileKey key, std::optional<std::uint64_t> size) {
  auto known = peek(key);
  const bool changed = known && known->file->changed();
  if (known && !changed) {
    if (size && !known->file->size()) known->file->learn_size(*size);
    if (!size || known->file->size() == size) {
      if (files_.tryGet(key) == nullptr) files_.insert(key, *known);
      return known->file;
    }
    known->file->supersede();
  }
  if (known) forget_pages_of(key);
  auto file = std::make_shared<ContentFile>(services_, key, next_serial_++, size);
  const auto tree = catalog_.tree();
  const DayNode* node = tree->find(day);
  const Recording* recording = node == nullptr ? nullptr : node->find(key.id);
  // Only then has an open to make the kernel drop them: that waits for what others are reading, in a way no signal ends.
  if (!forgotten_pages_ || forgotten_pages_->contains(key)) file->set_pages(ContentFile::Pages::Others);
  // What is on disk of one that has just turned out to have changed is of the version before.
  if (recording != nullptr) file->allow_disk(recording->start, !changed);
  files_.insert(key, Known{file, day});
  return file;
}

void KnownFiles::forget_pages_of(FileKey key) {
  if (!forgotten_pages_) return;
  forgotten_pages_->insert(key);
  if (forgotten_pages_->size() > kMostForgotten) forgotten_pages_.reset();
}

std::shared_ptr<ContentFile> KnownFiles::find(FileKey key) const {
  const auto known = peek(key);
  return known ? known->file : nullptr;
}

std::optional<Day> KnownFiles::day_of(FileKey key) const {
  const auto known = peek(key);
  return known ? std::optional(known->day) : std::nullopt;
}

}  // namespace g2afs
