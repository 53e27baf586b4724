// SPDX-License-Identifier: MIT
#include "disk_read.hpp"

#include <utility>

namespace g2afs {
namespace {

// So many at once: what it costs to go to another thread and back does not show, and the first ones are soon there.
constexpr std::size_t kBlocksAtOnce = 8;

}  // namespace

ByteRange DiskRead::rest() const { return ended ? ByteRange{range_.end, range_.end} : range_; }

Task<std::optional<Error>> DiskRead::bring() {
  while (range_.size() > 0) {
    std::vector<std::shared_ptr<Block>> blocks;
    for (std::uint64_t at = range_.begin; at < range_.end && blocks.size() < kBlocksAtOnce;) {
      blocks.push_back(file_.block_apart(at / kBlockSize));
      at = first_piece(at, range_.end).end;
    }
    const auto proven = co_await file_.read_from_disk(blocks);
    // A disk that fails is not asked again, piece by piece. Its thread may still write to these blocks.
    if (!proven) fetch_rest();
    ByteRange missing{range_.begin, range_.begin};
    for (std::size_t i = 0; proven && i < blocks.size(); ++i) {
      const ByteRange piece = first_piece(range_.begin, range_.end);
      blocks[i]->filled((*proven)[i]);
      const bool whole = blocks[i]->holds(piece);
      if ((*proven)[i] != 0) file_.take_block(std::move(blocks[i]));
      range_.begin = piece.end;
      if (whole) {
        fetch(missing);
        missing.begin = piece.end;
      }
      missing.end = piece.end;
    }
    fetch(missing);
    progress.notify_all();
  }
  co_return std::nullopt;
}

void DiskRead::fetch(ByteRange range) {
  if (range.size() > 0) file_.fetch_past_disk(range, waiting > 0 ? Priority::Interactive : priority_);
}

void DiskRead::fetch_rest() {
  const ByteRange rest = std::exchange(range_, {range_.end, range_.end});
  fetch(rest);
}

}  // namespace g2afs
