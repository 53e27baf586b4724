// SPDX-License-Identifier: MIT
#include "g2afs/content/content.hpp"

#include <algorithm>
#include <functional>
#include <utility>

namespace g2afs {
namespace {

// Files whose blocks may still be in memory; beyond these only the oldest forget theirs.
constexpr std::size_t kKnownFiles = 16'384;
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
      files_(kKnownFiles),
      probing_(loop) {}

Content::~Content() = default;

std::unique_ptr<Reader> Content::open(Day day, FileKey key, std::uint64_t size) {
  const std::shared_ptr<ContentFile> file = find_or_make(day, key, size).file;
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

Content::Known& Content::find_or_make(Day day, FileKey key, std::optional<std::uint64_t> size) {
  if (Known* known = files_.tryGet(key); known != nullptr && !known->file->changed()) {
    if (size && !known->file->size()) known->file->learn_size(*size);
    if (!size || known->file->size() == size) return *known;
    known->file->supersede();
  }
  files_.insert(key, Known{std::make_shared<ContentFile>(services_, key, next_serial_++, size), day});
  return *files_.tryGet(key);
}

Task<Result<void>> Content::probe(Day day, FileKey key) {
  auto start = probing(day, key, Priority::Interactive);
  if (!probing_.under_way(key)) {
    probing_.start(key, start);  // first, since it is waited for
    probe_others(day, key);
  }
  co_return co_await probing_.run(key, std::move(start));
}

std::function<Task<Result<void>>()> Content::probing(Day day, FileKey key, Priority priority) {
  return [this, day, key, priority] { return probe_now(day, key, priority); };
}

void Content::probe_others(Day day, FileKey key) {
  const auto tree = catalog_.tree();
  const DayNode* node = tree->find(day);
  if (node == nullptr) return;
  for (const Recording& recording : node->recordings) {
    for (const FileKind kind : {FileKind::Events, FileKind::Thumbnail}) {
      const FileKey other{recording.id, kind};
      if (other == key || !recording.has(kind) || recording.size(kind)) continue;
      probing_.start(other, probing(day, other, Priority::Bulk));
    }
  }
}

Task<Result<void>> Content::probe_now(Day day, FileKey key, Priority priority) {
  const auto file = find_or_make(day, key, std::nullopt).file;
  const auto size = co_await file->probe(priority);
  if (size) {
    catalog_.learn_size(day, key, *size);
    co_return Result<void>{};
  }
  if (size.error().code == Errc::NotFound) catalog_.learn_absent(day, key);
  co_return fail(size.error());
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
  if (const Known* known = files_.peek(key)) catalog_.forget_size(known->day, key);
}

}  // namespace g2afs
