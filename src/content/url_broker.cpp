// SPDX-License-Identifier: MIT
#include "g2afs/content/url_broker.hpp"

#include <iterator>

namespace g2afs {
namespace {

// API.md: valid for at least 48 h. Half of that leaves room for a long download that begins with an old URL.
constexpr Duration kUseFor = std::chrono::hours{24};
// Who comes by in the last hours has it renewed along with others, before anybody has to wait for that.
constexpr Duration kRenewAfter = std::chrono::hours{20};

std::size_t weight_of(const MediaEntry& entry) {
  std::size_t weight = sizeof(MediaEntry) + 64;
  for (const FileKind kind : kFileKinds) {
    if (const auto& url = entry.url(kind)) weight += 2 * url->text().size();
  }
  return weight;
}

}  // namespace

UrlBroker::UrlBroker(Loop& loop, ArchiveApi& api, Clock& clock, std::size_t memory)
    : loop_(loop), api_(api), clock_(clock), kept_(memory) {}

void UrlBroker::remember(std::span<const MediaEntry> entries) {
  for (const MediaEntry& entry : entries) kept_.insert(entry.id, Kept{entry, clock_.now()}, weight_of(entry));
}

const MediaEntry* UrlBroker::find(RecordingId id) {
  Kept* kept = kept_.tryGet(id);
  if (kept == nullptr) return nullptr;
  if (clock_.now() - kept->since < kUseFor) return &kept->entry;
  kept_.remove(id);
  return nullptr;
}

Task<Result<Url>> UrlBroker::url(FileKey key) {
  const auto pick = [&](const MediaEntry& entry) -> Result<Url> {
    if (const auto& url = entry.url(key.kind)) return *url;
    return fail(Errc::NotFound, to_string(key) + ": the recording has no such file");
  };
  if (const MediaEntry* entry = find(key.id)) co_return pick(*entry);
  const std::shared_ptr<Batch> batch = join(key.id);
  while (!batch->done) co_await batch->landed.wait();
  if (batch->error) co_return fail(*batch->error);
  const auto found = batch->entries.find(key.id);
  if (found == batch->entries.end()) {
    // It may be so for a moment only: whether it is gone, a listing tells.
    co_return fail(Errc::Unavailable, "recording " + to_string(key.id) + " is not available");
  }
  co_return pick(found->second);
}

bool UrlBroker::knows(RecordingId id) const {
  const Kept* kept = kept_.peek(id);
  return kept != nullptr && clock_.now() - kept->since < kRenewAfter;
}

void UrlBroker::expect(std::span<const RecordingId> ids) {
  for (const RecordingId id : ids) {
    if (!knows(id)) join(id);
  }
}

void UrlBroker::expired(FileKey key, const Url& url) {
  const Kept* kept = kept_.peek(key.id);
  // Unless somebody has brought a new one meanwhile.
  if (kept != nullptr && kept->entry.url(key.kind) && kept->entry.url(key.kind)->text() == url.text()) {
    kept_.remove(key.id);
  }
}

std::shared_ptr<UrlBroker::Batch> UrlBroker::join(RecordingId id) {
  if (under_way_ && under_way_->ids.count(id) != 0) return under_way_;
  if (!collecting_) collecting_ = std::make_shared<Batch>();
  collecting_->ids.insert(id);
  const auto batch = collecting_;
  if (!running_) {
    running_ = true;
    loop_.spawn(run_batches());
  }
  return batch;
}

Task<> UrlBroker::run_batches() {
  // By destructor, so that being cancelled at the end leaves nothing that seems to run.
  struct Stop {
    UrlBroker& broker;
    ~Stop() {
      broker.under_way_.reset();
      broker.running_ = false;
    }
  } stop{*this};
  while (collecting_) {
    under_way_ = std::exchange(collecting_, nullptr);
    std::vector<RecordingId> ids(under_way_->ids.begin(), under_way_->ids.end());
    auto answer = co_await api_.urls(std::move(ids));
    if (answer) {
      remember(*answer);
      for (MediaEntry& entry : *answer) {
        const RecordingId id = entry.id;
        under_way_->entries.insert_or_assign(id, std::move(entry));
      }
    } else {
      under_way_->error = answer.error();
    }
    under_way_->done = true;
    under_way_->landed.notify_all();
    under_way_.reset();
  }
}

}  // namespace g2afs
