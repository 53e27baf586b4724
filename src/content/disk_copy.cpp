// SPDX-License-Identifier: MIT
#include "g2afs/content/disk_copy.hpp"

#include <algorithm>
#include <utility>

namespace g2afs {
namespace {

// What is proven at once: a moment of a thread that others need as well, also where the disk is slow.
constexpr std::uint64_t kProvenAtOnce = 8;  // blocks

}  // namespace

struct DiskCopy::Owner {
  DiskCopy* copy;  // null: it writes to another one by now
};

/// What the writers' thread goes by.
struct DiskCopy::Writing {
  std::shared_ptr<DiskFile> file;  // null: to be made
};

DiskCopy::DiskCopy(Disk& disk, const DiskKey& key) : disk_(disk), key_(key) { begin_anew(); }

DiskCopy::~DiskCopy() { let_go(); }

void DiskCopy::forget() {
  let_go();
  begin_anew();
}

void DiskCopy::begin_anew() {
  owner_ = std::make_shared<Owner>(Owner{this});
  writing_ = std::make_shared<Writing>();
}

void DiskCopy::rest() {
  forget();
  looked_ = false;
}

void DiskCopy::discard(const Validator& validator) {
  forget();
  disk_.write([cache = disk_.cache(), key = key_, validator] {
    // Where that fails it is found to have changed by the next one who fetches some of it.
    static_cast<void>(cache->remove(key, validator));
  });
}

void DiskCopy::let_go() {
  owner_->copy = nullptr;
  file_ = nullptr;
  writing_ = nullptr;
}

Task<void> DiskCopy::find() {
  while (looking_) co_await found_.wait();
  if (looked_ || !disk_.answers()) co_return;
  // By destructor: whoever is cancelled leaves the looking to the next one.
  struct Looking {
    DiskCopy& copy;
    ~Looking() {
      copy.looking_ = false;
      copy.found_.notify_all();
    }
  };
  looking_ = true;
  const Looking looking{*this};
  using Found = Result<std::shared_ptr<DiskFile>>;
  std::optional<DiskFile::Stamp> proven;
  if (proof_) proven = proof_->stamp;
  using Look = std::pair<Found, bool>;
  auto look = [files = disk_.files(), key = key_, proven]() -> Look {
    auto file = files.open(key);
    const bool same = file && proven && (*file)->stamp() == proven;
    return {std::move(file), same};
  };
  std::optional<Look> found = co_await disk_.read(std::move(look));
  looked_ = found.has_value();
  if (!found || !found->first || file_) co_return;
  file_ = *std::move(found->first);
  if (!found->second) proof_.reset();
}

std::optional<Validator> DiskCopy::validator() const {
  return file_ ? std::optional(file_->validator()) : std::nullopt;
}

PageSet DiskCopy::held(std::uint64_t block) const { return file_ && disk_.answers() ? file_->held(block) : 0; }

std::uint64_t DiskCopy::held_bytes() const { return file_ ? file_->cached_bytes() : 0; }

Task<std::optional<std::vector<PageSet>>> DiskCopy::read(std::vector<std::shared_ptr<Block>> blocks) {
  using Read = std::optional<std::vector<PageSet>>;
  const auto file = file_;
  const std::size_t count = blocks.size();
  if (!file || count == 0) co_return std::nullopt;
  const std::uint64_t first = blocks.front()->index();
  auto work = [file, blocks = std::move(blocks)]() -> Read {
    std::vector<PageSet> proven;
    for (const auto& block : blocks) {
      const auto pages = file->read(block->index(), block->memory());
      if (!pages) return std::nullopt;
      proven.push_back(*pages);
    }
    return proven;
  };
  const std::optional<Read> answer = co_await disk_.read(std::move(work));
  if (!answer || !*answer || file != file_) co_return std::nullopt;
  for (std::size_t i = 0; i < count; ++i) {
    disk_.metrics().disk_read_bytes.Increment(static_cast<double>(file->layout().bytes(first + i, (**answer)[i])));
  }
  co_return *answer;
}

void DiskCopy::keep(const Validator& validator, std::shared_ptr<const Block> block, PageSet pages) {
  if (file_ && file_->has_its_share()) return;
  auto place = disk_.wait_to_be_written(block->weight());
  if (!place) return;
  disk_.write([validator, block = std::move(block), pages, place = std::move(place), owner = owner_, writing = writing_,
               files = disk_.files(), key = key_, passed = passed_, to_loop = disk_.to_loop(),
               &metrics = disk_.metrics()] {
    if (!writing->file) {
      auto made = files.create(key, validator);
      if (!made) return;  // the cache says by itself what is wrong, once
      writing->file = *std::move(made);
      if (passed) writing->file->demote();
      to_loop([owner, file = writing->file] {
        if (owner->copy == nullptr) return;
        owner->copy->file_ = file;
        owner->copy->proof_.reset();
      });
    }
    const DiskLayout& layout = writing->file->layout();
    const auto bytes = block->bytes({block->begin(), block->begin() + layout.length(block->index())});
    const auto written = writing->file->write(block->index(), pages, bytes);
    if (written) metrics.disk_written_bytes.Increment(static_cast<double>(layout.bytes(block->index(), pages)));
    // It was evicted: what comes next begins a new one.
    if (!written && written.error().code == Errc::NotFound) writing->file = nullptr;
  });
}

void DiskCopy::used() {
  passed_ = false;
  if (file_) disk_.write([file = file_] { file->used(); });
}

void DiskCopy::passed() {
  passed_ = true;
  // Behind what is still to be written, which may well make it first.
  disk_.write([file = file_, writing = writing_] {
    if (const auto& made = writing->file ? writing->file : file) made->demote();
  });
}

Task<void> DiskCopy::prove() {
  const auto file = file_;
  if (!file || file->data_descriptor() < 0 || whole().descriptor >= 0 || !file->complete()) co_return;
  const auto right = disk_.begin_to_prove();
  if (!right) co_return;
  auto look = [file] { return file->on_local_disk(); };
  const std::optional<bool> local = co_await disk_.read(std::move(look));
  if (local == false) disk_.is_not_local();
  if (!local.value_or(false)) co_return;
  // Whoever writes to it from then on changes its stamp.
  auto begin = [file] { return file->cut_tail() ? file->stamp() : std::nullopt; };
  const auto begun = co_await disk_.read(std::move(begin));
  const auto stamp = begun.value_or(std::nullopt);
  if (!stamp) co_return;
  const std::uint64_t losses = file->losses();
  const std::uint64_t blocks = file->layout().blocks();
  bool sound = true;
  for (std::uint64_t first = 0; first < blocks && sound && file == file_; first += kProvenAtOnce) {
    auto work = [file, first, end = std::min(blocks, first + kProvenAtOnce)] { return file->verify(first, end) == 0u; };
    sound = (co_await disk_.read(std::move(work))).value_or(false);
  }
  if (sound && file == file_) proof_ = Proof{file->generation(), *stamp, losses};
}

Whole DiskCopy::whole() const {
  const bool proven = file_ && proof_ && file_->generation() == proof_->generation && file_->losses() == proof_->losses;
  if (!proven || !disk_.answers() || !file_->complete()) return {};
  return {file_->generation(), file_->data_descriptor()};
}

}  // namespace g2afs
