// SPDX-License-Identifier: MIT
#include "g2afs/content/reader.hpp"

#include <algorithm>
#include <chrono>
#include <optional>

namespace g2afs {
namespace {

/// Of the blocks that hold [begin, end).
std::uint64_t bytes_of_blocks(std::uint64_t begin, std::uint64_t end) {
  return ((end - 1) / kBlockSize - begin / kBlockSize + 1) * kBlockSize;
}

/// A read under way: what it needs is not given up when another one jumps.
class Need {
 public:
  Need(std::list<ByteRange>& all, ByteRange range) : all_(all), place_(all.insert(all.end(), range)) {}
  Need(const Need&) = delete;
  Need& operator=(const Need&) = delete;
  ~Need() { all_.erase(place_); }

 private:
  std::list<ByteRange>& all_;
  std::list<ByteRange>::iterator place_;
};

}  // namespace

/// How long a read took, whichever way it ends.
class Reader::Waited {
 public:
  Waited(Reader& reader, const ContentServices& services)
      : reader_(reader), clock_(services.clock), metrics_(services.metrics), began_(clock_.now()) {
    reader_.last_read_ = began_;
    ++reader_.reads_waiting_;
  }
  Waited(const Waited&) = delete;
  Waited& operator=(const Waited&) = delete;
  ~Waited() {
    reader_.last_read_ = clock_.now();
    --reader_.reads_waiting_;
    metrics_.read_seconds.Observe(std::chrono::duration<double>(*reader_.last_read_ - began_).count());
  }

 private:
  Reader& reader_;
  const Clock& clock_;
  Metrics& metrics_;
  const MonotonicTime began_;
};

Reader::Reader(std::shared_ptr<ContentFile> file, PageCache page_cache, std::function<void(Reader&)> on_close)
    : file_(std::move(file)),
      page_cache_(page_cache),
      on_close_(std::move(on_close)),
      prefetcher_(file_->size().value_or(0)),
      part_(file_->services().windows),
      opened_(file_->services().clock.now()) {
  file_->add_reader();
}

Reader::~Reader() {
  if (page_cache_ != PageCache::Bypass) {
    file_->passed(prefetcher_.read());
    if (position_ == file_->size()) file_->passed_whole();
  }
  // First: with its last reader a file lets go of what is on disk.
  on_close_(*this);
  file_->remove_reader();
}

Task<Result<Slices>> Reader::read(std::uint64_t offset, std::size_t size) {
  Slices slices;
  const std::uint64_t file_size = file_->size().value_or(0);
  const std::uint64_t end = offset >= file_size ? offset : std::min<std::uint64_t>(offset + size, file_size);
  auto& services = file_->services();
  const MonotonicTime began = services.clock.now();
  const auto failed = [&](const Error& error) {
    services.metrics.read_errors(to_string(error.code)).Increment();
    if (page_cache_ != PageCache::Bypass) failed_reads_.add({offset, end}, error, began, services.clock.now());
    return fail(error);
  };
  if (file_->changed()) co_return failed(file_->change());
  // Now that it reads, the kernel has opened the file, and dropped the pages it was to drop.
  if (page_cache_ != PageCache::Bypass) file_->set_pages(ContentFile::Pages::Own);
  if (end == offset) co_return slices;

  const Waited waited(*this, services);
  bool waits = false, waits_for_server = false;
  for (ByteRange piece = first_piece(offset, end); piece.size() > 0; piece = first_piece(piece.end, end)) {
    if (file_->holds(piece)) continue;
    waits = true;
    waits_for_server |= !file_->has_on_disk(piece);
  }
  const Error* just_failed = waits ? failed_reads_.find({offset, end}, services.clock.now()) : nullptr;
  if (just_failed != nullptr) co_return fail(*just_failed);
  // What waits pins blocks meanwhile. What is all here is handed out at once, also while others wait for their turn.
  std::optional<Gate::Permit> permit;
  const std::size_t pinned = bytes_of_blocks(offset, end);
  if (waits_for_server) {
    auto entered = co_await services.reads.enter(pinned);
    if (!entered) co_return failed({entered.error().code, to_string(file_->key()) + ": " + entered.error().what});
    permit.emplace(std::move(*entered));
  } else if (waits) {
    permit.emplace(co_await services.disk_reads.enter(0, pinned));
  }

  const Prefetcher::Plan plan = this->plan(offset, end - offset, waits, waits_for_server);
  const Need need(under_way_, plan.needed);
  if (plan.jumped) file_->jumped(under_way_);
  if (!file_->changed()) {
    file_->fetch({plan.needed.begin, plan.request_end}, Priority::Interactive);
    for (const ByteRange& range : plan.ahead) file_->fetch(range, Priority::Bulk);
    // Who looks at a few bytes is no player. He may be one who reads the first boxes one by one, which shows when he goes
    // on into the index.
    const bool begins = offset == 0 && size >= Prefetcher::kPlayersFirstRead;
    const bool goes_on = offset > 0 && offset < file_->leading_index();
    if (begins || goes_on) file_->fetch_index();
  }

  std::uint64_t fetched = 0;
  for (std::uint64_t at = offset; at < end;) {
    const ByteRange piece = first_piece(at, end);
    const auto block = co_await file_->block(piece, {piece.begin, plan.needed.end});
    if (!block) co_return failed(block.error());
    slices.push_back(Slice{*block, (*block)->bytes(piece)});
    fetched += (*block)->hand_out(piece);
    at = piece.end;
  }
  if (offset == 0) file_->see_leading_index();
  // The kernel has it, unless this handle reads past its cache.
  if (page_cache_ != PageCache::Bypass) file_->passed(plan.passed);
  services.metrics.read_bytes.Increment(static_cast<double>(end - offset));
  services.metrics.cache_hit_bytes.Increment(static_cast<double>(end - offset - fetched));
  position_ = end;
  bytes_read_ += end - offset;
  co_return slices;
}

Prefetcher::Plan Reader::plan(std::uint64_t offset, std::uint64_t size, bool waits, bool waits_for_server) {
  using Found = Prefetcher::Found;
  const MonotonicTime now = file_->services().clock.now();
  Link& link = file_->link();
  if (waits && prefetcher_.full()) link.pressed(now);
  const Found found = !waits                                    ? Found::Here
                      : file_->expects({offset, offset + size}) ? Found::OnTheirWay
                      : waits_for_server                        ? Found::Missing
                                                                : Found::OnDisk;
  prefetcher_.set_leading_index(file_->leading_index());
  Prefetcher::Plan plan = prefetcher_.on_read(offset, size, found, part_.share(link, now));
  part_.set(prefetcher_.held().size(), now);
  return plan;
}

}  // namespace g2afs
