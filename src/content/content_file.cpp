// SPDX-License-Identifier: MIT
#include "g2afs/content/content_file.hpp"

#include <algorithm>
#include <optional>
#include <utility>

#include "disk_read.hpp"
#include "fetch.hpp"

#include "g2afs/content/mp4_layout.hpp"

namespace g2afs {
namespace {

// An index that would take more of the memory than this part is left to those who read it.
constexpr std::size_t kLargestShareOfIndex = 8;

// So little on disk between what is not there is fetched along: a request more would cost more.
constexpr std::uint64_t kWorthDisk = 256 * 1024;

/// A read that waits for a delivery, which is not given up meanwhile.
class Waiting {
 public:
  explicit Waiting(std::shared_ptr<Delivery> delivery) : delivery_(std::move(delivery)) {
    if (delivery_->waiting++ == 0) delivery_->waited_for();
  }
  Waiting(const Waiting&) = delete;
  Waiting& operator=(const Waiting&) = delete;
  ~Waiting() { --delivery_->waiting; }

 private:
  std::shared_ptr<Delivery> delivery_;
};

}  // namespace

ContentFile::ContentFile(ContentServices& services, FileKey key, std::uint64_t serial,
                         std::optional<std::uint64_t> size)
    : services_(services), key_(key), serial_(serial), size_(size), link_(services.links.likely()) {}

ContentFile::~ContentFile() = default;

bool ContentFile::holds(ByteRange range) {
  const auto block = services_.blocks.find(serial_, range.begin / kBlockSize);
  return block && block->holds(range);
}

Error ContentFile::change() const { return {Errc::Changed, to_string(key_) + ": the object has changed"}; }

Task<Result<std::uint64_t>> ContentFile::probe(Priority priority) {
  for (;;) {
    if (changed_) co_return fail(change());
    if (size_) co_return *size_;
    if (deliveries_.empty()) begin({0, kProbeSize}, priority);
    const std::shared_ptr<Delivery> fetch = deliveries_.front();
    std::optional<Waiting> waiting;  // what is brought ahead, nobody waits for
    if (priority == Priority::Interactive) waiting.emplace(fetch);
    while (!fetch->ended && !size_) co_await fetch->progress.wait();
    if (fetch->error && !size_) co_return fail(*fetch->error);
  }
}

Task<Result<void>> ContentFile::bring(ByteRange range, Priority priority) {
  for (;;) {
    if (changed_) co_return fail(change());
    fetch(range, priority);
    const std::uint64_t missing = first_missing(range.begin, range.end, Look::Only);
    if (missing >= range.end) co_return Result<void>{};
    const std::shared_ptr<Delivery> fetch = covering(missing);
    while (!fetch->ended && fetch->rest().begin <= missing) co_await fetch->progress.wait();
    if (fetch->error) co_return fail(*fetch->error);
  }
}

Task<Result<std::shared_ptr<Block>>> ContentFile::block(ByteRange range, ByteRange wanted) {
  // Pinned while this waits, so that what comes for it is still there when it looks.
  const auto block = block_to_fill(range.begin / kBlockSize);
  for (;;) {
    if (changed_) co_return fail(change());
    if (block->holds(range)) co_return block;

    fetch(wanted, Priority::Interactive);
    const std::shared_ptr<Delivery> fetch = covering(block->first_missing(range.begin));
    fetch->want(range.end);
    const Waiting waiting(fetch);
    co_await fetch->progress.wait();
    if (fetch->error && !block->holds(range)) co_return fail(*fetch->error);
  }
}

std::size_t ContentFile::streams() const {
  return static_cast<std::size_t>(
      std::count_if(deliveries_.begin(), deliveries_.end(), [](const auto& each) { return each->asking(); }));
}

void ContentFile::fetch(ByteRange range, Priority priority) { fetch(range, priority, From::DiskOrNetwork); }

void ContentFile::fetch_past_disk(ByteRange range, Priority priority) { fetch(range, priority, From::Network); }

void ContentFile::fetch(ByteRange range, Priority priority, From from) {
  const std::uint64_t page_end = (range.end + kPageSize - 1) / kPageSize * kPageSize;
  const std::uint64_t end = std::min(page_end, size_.value_or(page_end));
  std::uint64_t at = first_missing(range.begin / kPageSize * kPageSize, end);
  while (at < end) {
    if (const auto fetch = covering(at)) {
      if (fetch->passing()) {
        fetch->want(end);
        std::erase(deliveries_, fetch);
        deliveries_.push_back(fetch);
      }
      at = first_missing(fetch->rest().end, end);
    } else {
      const std::uint64_t until = end_of_gap(at, end);
      const std::uint64_t on_disk = from == From::Network ? at : end_on_disk(at, until);
      if (on_disk > at) {
        begin(std::make_shared<DiskRead>(*this, ByteRange{at, on_disk}, priority));
        at = first_missing(on_disk, end);
      } else {
        const std::uint64_t not_on_disk = from == From::Network ? until : begin_on_disk(at, until);
        begin({at, not_on_disk}, priority);
        at = first_missing(not_on_disk, end);
      }
    }
  }
}

void ContentFile::passed(ByteRange range) {
  if (readers_ > 1) return;
  for (std::uint64_t index = range.begin / kBlockSize; index < range.end / kBlockSize; ++index) {
    services_.blocks.drop(serial_, index);
  }
}

bool ContentFile::expects(ByteRange range) {
  for (std::uint64_t at = first_missing(range.begin, range.end, Look::Only); at < range.end;) {
    const auto fetch = covering(at);
    if (!fetch) return false;
    at = first_missing(fetch->rest().end, range.end, Look::Only);
  }
  return true;
}

std::uint64_t ContentFile::first_missing(std::uint64_t at, std::uint64_t end, Look look) {
  while (at < end) {
    const std::uint64_t index = at / kBlockSize;
    const auto block =
        look == Look::Only ? services_.blocks.peek(serial_, index) : services_.blocks.find(serial_, index);
    if (!block) return at;
    const std::uint64_t missing = block->first_missing(at);
    if (missing < block->end()) return std::min(missing, end);
    at = block->end();
  }
  return end;
}

std::uint64_t ContentFile::end_of_gap(std::uint64_t at, std::uint64_t end) {
  for (const auto& fetch : deliveries_) {
    const ByteRange rest = fetch->rest();
    if (rest.size() > 0 && rest.begin > at) end = std::min(end, rest.begin);
  }
  while (at < end) {
    const auto block = services_.blocks.find(serial_, at / kBlockSize);
    const std::uint64_t block_end = (at / kBlockSize + 1) * kBlockSize;
    const std::uint64_t held = block ? block->first_held(at) : block_end;
    if (held < block_end) return std::min(held, end);
    at = block_end;
  }
  return end;
}

void ContentFile::begin(ByteRange range, Priority priority) { begin(std::make_shared<Fetch>(*this, range, priority)); }

void ContentFile::begin(std::shared_ptr<Delivery> delivery) {
  deliveries_.push_back(delivery);
  delivery->task = services_.loop.spawn(Delivery::run(shared_from_this(), delivery));
}

void ContentFile::remove_reader() {
  if (--readers_ == 0) {
    if (index_) services_.loop.cancel(*std::exchange(index_, std::nullopt));
    abandon({});
    rest_on_disk();
  } else {
    limit_passes();
  }
}

void ContentFile::jumped(const std::list<ByteRange>& keep) {
  // With other readers about, what this one no longer wants may be what another reads next.
  if (readers_ == 1) abandon(keep);
}

void ContentFile::abandon(const std::list<ByteRange>& keep) {
  for (const auto& fetch : deliveries_) {
    const ByteRange rest = fetch->rest();
    const bool kept = std::any_of(keep.begin(), keep.end(), [&](const ByteRange& range) {
      return range.begin < rest.end && rest.begin < range.end;
    });
    if (fetch->waiting > 0 || kept) continue;
    fetch->unwanted = true;
    if (!fetch->soon_over()) services_.loop.cancel(fetch->task);
  }
}

void ContentFile::fetch_index() {
  if (!index_ && !ignores_ranges_ && key_.kind == FileKind::Video)
    index_ = services_.loop.spawn(fetch_index(shared_from_this()));
}

Task<> ContentFile::fetch_index(std::shared_ptr<ContentFile> file) {
  Mp4Layout layout(file->size_.value_or(0));
  while (const auto wanted = layout.wants()) {
    const ByteRange piece = first_piece(wanted->begin, wanted->end);
    const auto block = file->block_to_fill(piece.begin / kBlockSize);
    while (!block->holds(piece)) {
      // Unlike a reader's, this waiting keeps nothing from being given up, and ends with the last reader.
      if (file->changed_ || file->readers_ == 0) co_return;
      file->fetch(piece, Priority::Bulk);
      const std::shared_ptr<Delivery> fetch = file->covering(block->first_missing(piece.begin));
      co_await fetch->progress.wait();
      if (fetch->error) co_return;  // whoever reads there will hear of it
      // Then it would be sent all that lies before the index, too.
      if (file->ignores_ranges_) co_return;
    }
    for (;;) {
      const auto range = layout.on_bytes(piece.begin, block->bytes(piece));
      file->leading_index_ = layout.leading_index();
      if (!range) break;
      const BlockCache& blocks = file->services_.blocks;
      if (range->size() > blocks.memory() / kLargestShareOfIndex) co_return;
      if (blocks.in_use() > blocks.memory() / 2) co_return;  // nobody reserves memory for it
      file->fetch(*range, Priority::Bulk);
    }
  }
}

void ContentFile::see_leading_index() {
  if (leading_index_ > 0 || key_.kind != FileKind::Video) return;
  Mp4Layout layout(size_.value_or(0));
  while (const auto wanted = layout.wants()) {
    const ByteRange piece = first_piece(wanted->begin, wanted->end);
    const auto block = services_.blocks.peek(serial_, piece.begin / kBlockSize);
    if (!block || !block->holds(piece)) return;
    while (layout.on_bytes(piece.begin, block->bytes(piece))) continue;
    leading_index_ = layout.leading_index();
  }
}

std::shared_ptr<Delivery> ContentFile::covering(std::uint64_t offset) const {
  std::shared_ptr<Delivery> nearest;  // of several passes, the one that comes there first
  for (const auto& fetch : deliveries_) {
    const ByteRange rest = fetch->rest();
    if (rest.begin > offset || rest.end <= offset) continue;
    if (!nearest || nearest->rest().begin < rest.begin) nearest = fetch;
  }
  return nearest;
}

bool ContentFile::same_version(const ResponseHead& head) {
  const Validator now{head.etag, head.last_modified};
  if (std::exchange(only_disk_says_so_, false) && !now.comparable_to(version_)) {
    // Nothing proves what is on disk to be of this version, nor ever will.
    if (disk_was_read_) {
      set_changed("the server does not say whether it is the version on disk");
      return false;
    }
    if (disk_) disk_->forget();
    version_ = now;
    return true;
  }
  // Each part is compared with its like: not every machine behind one name need send both.
  if (!now.agrees_with(version_)) {
    set_changed("the server has another version of it");
    return false;
  }
  version_.learn(now);
  return true;
}

void ContentFile::set_changed(const char* why) {
  if (changed_) return;
  services_.log.warn("{}: the object has changed: {}", to_string(key_), why);
  if (may_use_disk()) disk_->discard(version_);
  supersede();
  services_.on_changed(key_);
}

void ContentFile::supersede() {
  changed_ = true;
  for (const auto& fetch : deliveries_) services_.loop.cancel(fetch->task);
}

bool ContentFile::needs_no_pass(const Fetch& fetch) {
  const ByteRange rest = fetch.rest();
  const std::uint64_t missing = first_missing(rest.begin, rest.end);
  if (missing == rest.end) return true;
  bool passed = false;
  for (const auto& other : deliveries_) {
    if (other.get() == &fetch || !other->passing() || other->rest().size() == 0) continue;
    passed = true;
    if (other->rest().begin > missing) continue;
    other->want(rest.end);
    return true;
  }
  // The other pass has left this behind: if nobody waits for it, it is not worth a pass of its own before it is read.
  return passed && fetch.waiting == 0;
}

void ContentFile::passes(const Fetch& fetch) {
  ignores_ranges_ = true;
  const auto place =
      std::find_if(deliveries_.begin(), deliveries_.end(), [&](const auto& each) { return each.get() == &fetch; });
  deliveries_.splice(deliveries_.end(), deliveries_, place);
  limit_passes();
}

void ContentFile::limit_passes() {
  // Those that were left behind by a jump would be paused for good, each with its connection.
  auto passes =
      std::count_if(deliveries_.begin(), deliveries_.end(), [](const auto& fetch) { return fetch->passing(); });
  for (const auto& fetch : deliveries_) {
    if (passes <= std::max(readers_, 1)) return;
    if (!fetch->passing() || fetch->waiting > 0) continue;
    services_.loop.cancel(fetch->task);
    --passes;
  }
}

void ContentFile::ended(const Delivery& delivery) {
  std::erase_if(deliveries_, [&](const auto& other) { return other.get() == &delivery; });
  rest_on_disk();
}

// On disk

void ContentFile::allow_disk(Time start, bool use_what_is_there) {
  start_ = start;
  use_what_is_on_disk_ = use_what_is_there;
}

bool ContentFile::may_use_disk() {
  if (!services_.disk || !start_ || changed_ || size_.value_or(0) == 0 || *size_ > kLargestCached) return false;
  if (!disk_) disk_.emplace(*services_.disk, DiskKey{key_, *size_, *start_});
  return true;
}

Task<void> ContentFile::find_on_disk() {
  if (!may_use_disk() || !use_what_is_on_disk_) co_return;
  co_await disk_->find();
  const auto found = disk_->validator();
  if (!found) co_return;
  if (version_.empty()) {
    version_ = *found;
    only_disk_says_so_ = true;
  } else if (found->proves(version_)) {
    version_.learn(*found);
  } else {
    disk_->forget();
  }
}

void ContentFile::rest_on_disk() {
  if (disk_ && readers_ == 0 && deliveries_.empty() && !proving_) disk_->rest();
}

void ContentFile::prove_on_disk() {
  if (proving_ || changed_ || !disk_ || *size_ <= kBlockSize || disk_->held_bytes() != size_) return;
  proving_ = true;
  services_.loop.spawn(prove_on_disk(shared_from_this()));
}

Task<> ContentFile::prove_on_disk(std::shared_ptr<ContentFile> file) {
  struct Proving {
    ContentFile& file;
    ~Proving() {
      file.proving_ = false;
      file.rest_on_disk();  // its readers may have gone
    }
  };
  const Proving proving{*file};
  co_await file->disk_->prove();
}

bool ContentFile::disk_holds(ByteRange range) const {
  const std::uint64_t block = range.begin / kBlockSize;
  const auto first = range.begin % kBlockSize / kPageSize;
  const auto last = (range.end - 1) % kBlockSize / kPageSize;
  const auto needed = static_cast<PageSet>(((std::uint64_t{2} << (last - first)) - 1) << first);
  return (disk_->held(block) & needed) == needed;
}

std::uint64_t ContentFile::end_on_disk(std::uint64_t at, std::uint64_t end) const {
  if (!disk_ || !size_) return at;
  while (at < end) {
    const ByteRange piece = first_piece(at, end);
    if (!disk_holds(piece)) break;
    at = piece.end;
  }
  return at;
}

std::uint64_t ContentFile::begin_on_disk(std::uint64_t at, std::uint64_t end) const {
  if (!disk_ || !size_) return end;
  // From block to block: what is there of a block that is not there as a whole is fetched along.
  std::uint64_t begin = first_piece(at, end).end;
  for (at = begin; at < end;) {
    const ByteRange piece = first_piece(at, end);
    at = piece.end;
    if (!disk_holds(piece)) begin = at;
    if (at - begin >= kWorthDisk) return begin;
  }
  return end;
}

void ContentFile::take_block(std::shared_ptr<Block> block) {
  if (services_.blocks.put(serial_, block)) return;
  // Somebody waits at the one that is there, or other pages of it have come.
  const auto there = block_to_fill(block->index());
  const std::uint64_t end = std::min(block->end(), size_.value_or(block->end()));
  for (std::uint64_t at = block->first_held(block->begin()); at < end;) {
    const std::uint64_t until = std::min(block->first_missing(at), end);
    there->add(at, at, block->bytes({at, until}), size_.value_or(until));
    at = until < end ? block->first_held(until) : end;
  }
}

Task<std::optional<std::vector<PageSet>>> ContentFile::read_from_disk(std::vector<std::shared_ptr<Block>> blocks) {
  if (!disk_) co_return std::nullopt;
  auto proven = co_await disk_->read(blocks);
  disk_was_read_ |= proven.has_value();
  for (std::size_t i = 0; i < blocks.size(); ++i) {
    // It still thinks that it holds what it could not bring: that would go on for ever.
    if ((disk_->held(blocks[i]->index()) & ~(proven ? (*proven)[i] : PageSet{0})) != 0) {
      disk_->forget();
      break;
    }
  }
  co_return proven;
}

void ContentFile::keep_on_disk(const std::shared_ptr<const Block>& block) {
  // Without either, nothing could prove later of which version these bytes are.
  if (version_.empty() || !may_use_disk()) return;
  const PageSet pages = block->pages() & ~disk_->held(block->index());
  if (pages != 0) disk_->keep(version_, block, pages);
}

}  // namespace g2afs
