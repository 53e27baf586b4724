// SPDX-License-Identifier: MIT
#include "g2afs/content/content.hpp"

#include <algorithm>
#include <utility>

namespace g2afs {
namespace {

// Of the memory, for blocks: the rest is for the receive buffers of the connections, and for what malloc rounds up.
constexpr std::size_t cache_share(std::size_t memory_limit) { return memory_limit / 4 * 3; }
// Of that, for the reads under way; the rest is for readers' windows. What is ahead does not push out what is waited for.
constexpr std::size_t reads_share(std::size_t memory_limit) { return cache_share(memory_limit) / 4; }
constexpr std::size_t windows_share(std::size_t memory_limit) {
  return cache_share(memory_limit) - reads_share(memory_limit);
}

}  // namespace

Content::Content(Loop& loop, Transport& transport, UrlBroker& urls, Catalog& catalog, Clock& clock, Metrics& metrics,
                 Log& log, ContentOptions options)
    : catalog_(catalog),
      services_{loop,
                transport,
                urls,
                clock,
                metrics,
                log,
                options.retry,
                BlockCache(cache_share(options.memory_limit), metrics),
                Links(options.bulk_connections),
                WindowShares(windows_share(options.memory_limit)),
                Gate(reads_share(options.memory_limit)),
                [this](FileKey key) { on_changed(key); }},
      files_(services_),
      sidecars_(services_, files_, catalog) {}

Content::~Content() = default;

std::unique_ptr<Reader> Content::open(Day day, FileKey key, std::uint64_t size) {
  if (key.kind != FileKind::Video) sidecars_.opened(day, key, size);
  expect_urls(day, key.id);
  const std::shared_ptr<ContentFile> file = files_.find_or_make(day, key, size);
  auto reader = std::make_unique<Reader>(file, page_cache_for(*file), [this](Reader& closing) {
    readers_.erase({closing.file().key(), &closing});
    services_.metrics.open_files.Decrement();
  });
  readers_.insert({key, reader.get()});
  services_.metrics.open_files.Increment();
  return reader;
}

PageCache Content::page_cache_for(const ContentFile& file) const {
  for (auto at = readers_.lower_bound({file.key(), nullptr}); at != readers_.end() && at->first == file.key(); ++at) {
    if (&at->second->file() != &file) return PageCache::Bypass;
  }
  return file.paged() ? PageCache::Keep : PageCache::Clear;
}

void Content::visited(Day day) {
  if (visited_day_.exchange(day.number, std::memory_order_relaxed) == day.number) return;
  // One at a time: where several go through different days, whatever comes next tells of it as well.
  if (visit_noted_.exchange(true, std::memory_order_relaxed)) return;
  services_.loop.post([this, day] {
    visit_noted_.store(false, std::memory_order_relaxed);
    sidecars_.visited(day);
  });
}

void Content::expect_urls(Day day, RecordingId id) {
  if (services_.urls.knows(id)) return;
  // Whoever opens one file is not to wait for hundreds of URLs.
  if (std::exchange(urls_missed_, day) != day) return;
  const auto tree = catalog_.tree();
  const DayNode* node = tree->find(day);
  const Recording* asked = node == nullptr ? nullptr : node->find(id);
  if (asked == nullptr) return;
  std::vector<RecordingId> ids;
  const Recording* end = node->recordings.data() + node->recordings.size();
  for (; asked != end && ids.size() < kMaxIds; ++asked) {
    if (asked->state == State::Ready) ids.push_back(asked->id);
  }
  services_.urls.expect(ids);
}

std::vector<Content::Progress> Content::open_files() const {
  std::vector<Progress> files;
  for (const auto& [key, reader] : readers_) {
    const std::chrono::duration<double> open_for = services_.clock.now() - reader->opened();
    files.push_back({key, reader->file().size().value_or(0), reader->position(), reader->bytes_read(),
                     open_for.count() > 0 ? static_cast<double>(reader->bytes_read()) / open_for.count() : 0.0});
  }
  return files;
}

void Content::on_changed(FileKey key) {
  if (const auto day = files_.day_of(key)) catalog_.forget_size(*day, key);
}

}  // namespace g2afs
