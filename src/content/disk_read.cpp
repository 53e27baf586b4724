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
    const std::vector<PageSet> proven = co_await file_.read_from_disk(blocks);
    for (std::size_t i = 0; i < blocks.size(); ++i) {
      const ByteRange piece = first_piece(range_.begin, range_.end);
      blocks[i]->filled(proven[i]);
      const bool whole = blocks[i]->holds(piece);
      file_.take_block(std::move(blocks[i]));
      range_.begin = piece.end;
      if (!whole) file_.fetch_past_disk(piece, waiting > 0 ? Priority::Interactive : priority_);
    }
    progress.notify_all();
  }
  co_return std::nullopt;
}

}  // namespace g2afs
