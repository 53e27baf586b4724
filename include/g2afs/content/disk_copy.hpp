// SPDX-License-Identifier: MIT
// DiskCopy: what is on disk of one version of one file, as its ContentFile uses it. Loop thread only.
//
// It is found by id, kind, size and start time, and says by its validator of which version it is. It is made with the
// first bytes that are kept, and then takes the place of another version's.
#pragma once

#include <cstdint>
#include <memory>
#include <optional>
#include <vector>

#include "g2afs/content/block.hpp"
#include "g2afs/content/disk.hpp"
#include "g2afs/net/event.hpp"

namespace g2afs {

/// What the kernel may read by itself instead of an open file (passthrough).
struct Whole {
  std::uint64_t generation = 0;  // of the bytes: others have another number
  int descriptor = -1;           // of a file with all of them, on this machine; -1: there is none
};

class DiskCopy {
 public:
  DiskCopy(Disk& disk, const DiskKey& key);
  DiskCopy(const DiskCopy&) = delete;
  DiskCopy& operator=(const DiskCopy&) = delete;
  ~DiskCopy();

  /// Looks for it, once; before that nothing is held.
  Task<void> find();
  /// Of what is there; nothing: nothing is.
  std::optional<Validator> validator() const;
  /// What is there is of no use: another version's, or damaged beyond what it knows. What is kept next is kept anew.
  void forget();
  /// Nobody uses it just now: closes it, as there are more files than descriptors. find() looks again.
  void rest();
  /// It is of this version, and its object is no more: what is there is removed, and nothing is to be kept.
  void discard(const Validator& validator);

  /// The pages of a block that it holds, as far as it knows.
  PageSet held(std::uint64_t block) const;
  /// Of the whole file, in bytes.
  std::uint64_t held_bytes() const;

  /// Reads what it holds of some blocks into ones that nobody else knows yet: for each the pages that are proven. Nothing:
  /// the disk fails or does not answer, or it was forgotten meanwhile; then nobody may use these blocks, as they may still
  /// be written to.
  Task<std::optional<std::vector<PageSet>>> read(std::vector<std::shared_ptr<Block>> blocks);

  /// Writes these pages of a block soon, or not at all.
  void keep(const Validator& validator, std::shared_ptr<const Block> block, PageSet pages);
  /// Somebody begins to read it. To look at what is there is no use.
  void used();
  /// A walk has passed it: it goes before what others have read.
  void passed();

  // For who reads the file by himself, past us and our checksums: the kernel.

  /// Reads all of it, if all is there, and remembers that it is sound, also at rest: until some of it turns out not to be,
  /// or its file was written to meanwhile. Does nothing where another file is being proven.
  Task<void> prove();
  /// The object's file, all of it there and proven; nothing for anything less, and for small objects. To be used before the
  /// loop goes on.
  Whole whole() const;

 private:
  struct Owner;
  struct Writing;
  /// What was proven, and by what one can see that it is as it was then.
  struct Proof {
    std::uint64_t generation;
    DiskFile::Stamp stamp;
    std::uint64_t losses;
  };
  void begin_anew();
  void let_go();

  Disk& disk_;
  const DiskKey key_;
  bool looked_ = false, looking_ = false;
  bool passed_ = false;
  std::optional<Proof> proof_;
  Event found_;
  std::shared_ptr<DiskFile> file_;
  std::shared_ptr<Owner> owner_;
  std::shared_ptr<Writing> writing_;  // what is in it is the writers'
};

}  // namespace g2afs
