// SPDX-License-Identifier: MIT
#include "g2afs/content/content.hpp"

#include <algorithm>
#include <utility>

#include "urls_ahead.hpp"

namespace g2afs {
namespace {

// Of the memory, for blocks: the rest is for the receive buffers of the connections, and for what malloc rounds up.
constexpr std::size_t cache_share(std::size_t memory_limit) { return memory_limit / 4 * 3; }
// Of that, for the reads under way; the rest is for readers' windows. What is ahead does not push out what is waited for.
constexpr std::size_t reads_share(std::size_t memory_limit) { return cache_share(memory_limit) / 4; }
// Of that, for those of what is on disk, which is soon read: a few at a time are as fast as it gets.
constexpr std::size_t disk_reads_share(const ContentOptions& options) {
  return options.disk ? reads_share(options.memory_limit) / 4 : 0;
}
// Of that as well, for what waits to be written to the disk cache.
constexpr std::size_t writes_share(std::size_t memory_limit) { return cache_share(memory_limit) / 8; }
constexpr std::size_t windows_share(const ContentOptions& options) {
  const std::size_t memory = options.memory_limit;
  return cache_share(memory) - reads_share(memory) - (options.disk ? writes_share(memory) : 0);
}

std::unique_ptr<Disk> make_disk(const ContentOptions& options, Loop& loop, Clock& clock, Log& log, Metrics& metrics) {
  if (!options.disk) return nullptr;
  DiskOptions disk = *options.disk;
  disk.most_waiting = writes_share(options.memory_limit);
  return std::make_unique<Disk>(loop, disk, clock, log, metrics);
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
                WindowShares(windows_share(options)),
                ReadGate(loop, clock, reads_share(options.memory_limit) - disk_reads_share(options),
                         std::max<Duration>(options.retry.retry_for, options.timeout)),
                Gate(disk_reads_share(options)),
                [this](FileKey key) { on_changed(key); },
                make_disk(options, loop, clock, log, metrics)},
      files_(services_, catalog),
      sidecars_(services_, files_, catalog) {}

Content::~Content() = default;

std::unique_ptr<Reader> Content::open(Day day, FileKey key, std::uint64_t size) {
  const auto place = place_in(*catalog_.tree(), day);
  const auto ahead = walks_.asked(place, SidecarWalk::Found::Here, services_.clock.now());
  const bool walking = ahead.days > 0;
  if (key.kind != FileKind::Video) sidecars_.opened(day, key, size);
  const std::shared_ptr<ContentFile> file = files_.find_or_make(day, key, size);
  if (file->bytes_on_disk() < size) expect_urls(day, key.id, ahead);
  auto reader = std::make_unique<Reader>(file, page_cache_for(*file), [this](Reader& closing) {
    // Who goes through day after day comes by once; what others have read is worth more. Where the kernel reads by itself,
    // nobody knows how far it came.
    const bool passed = closing.passthrough() || closing.position() == closing.file().size();
    if (closing.of_walk() && passed) closing.file().passed_by_walk();
    readers_.erase({closing.file().key(), &closing});
    services_.metrics.open_files.Decrement();
  });
  reader->set_number(++opened_);
  if (walking) reader->set_of_walk();
  readers_.insert({key, reader.get()});
  services_.metrics.open_files.Increment();
  return reader;
}

PageCache Content::page_cache_for(const ContentFile& file) const {
  for (auto at = readers_.lower_bound({file.key(), nullptr}); at != readers_.end() && at->first == file.key(); ++at) {
    if (&at->second->file() != &file) return PageCache::Bypass;
  }
  return file.pages() == ContentFile::Pages::Others ? PageCache::Clear : PageCache::Keep;
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

Task<void> Content::find_on_disk(Day day, FileKey key, std::uint64_t size) {
  if (!services_.disk) co_return;
  const auto file = files_.find_or_make(day, key, size);
  co_await file->find_on_disk();
}

Task<int> Content::percent_on_disk(Day day, FileKey key, std::uint64_t size) {
  if (!services_.disk) co_return 0;
  if (size == 0) co_return 100;
  const auto file = files_.find_or_make(day, key, size);
  co_await file->find_on_disk();
  const auto held = static_cast<long double>(file->bytes_on_disk());
  file->rest_on_disk();
  co_return static_cast<int>(held * 100 / static_cast<long double>(size));
}

void Content::scan_disk() {
  if (services_.disk) services_.disk->scan();
}

void Content::update_metrics() {
  if (services_.disk) services_.disk->update_metrics();
}

void Content::expect_urls(Day day, RecordingId id, const SidecarWalk::Ahead& ahead) {
  if (services_.urls.knows(id)) return;
  // Whoever opens one file is not to wait for hundreds of URLs.
  const bool again = std::exchange(urls_missed_, day) == day;
  if (!again && ahead.days == 0) return;
  const auto tree = catalog_.tree();
  const DayNode* node = tree->find(day);
  const Recording* asked = node == nullptr ? nullptr : node->find(id);
  if (asked == nullptr) return;
  std::vector<RecordingId> ids;
  const Recording* end = node->recordings.data() + node->recordings.size();
  for (; asked != end && ids.size() < kMaxIds; ++asked) {
    if (asked->state == State::Ready) ids.push_back(asked->id);
  }
  if (ahead.days > 0) add_urls_ahead(ids, *tree, shown_beside(*tree, day, ahead.direction), ahead.direction);
  services_.urls.expect(ids);
}

std::vector<Content::Progress> Content::open_files() const {
  std::vector<Progress> files;
  for (const auto& [key, reader] : readers_) {
    const MonotonicTime now = services_.clock.now();
    const std::chrono::duration<double> open_for = now - reader->opened();
    const auto last = reader->last_read();
    files.push_back({reader->number(), key, reader->file().size().value_or(0), reader->position(), reader->bytes_read(),
                     open_for.count() > 0 ? static_cast<double>(reader->bytes_read()) / open_for.count() : 0.0,
                     reader->passthrough(), reader->file().streams(), reader->reads_waiting(),
                     last ? std::optional<Duration>(now - *last) : std::nullopt});
  }
  return files;
}

void Content::on_changed(FileKey key) {
  if (const auto day = files_.day_of(key)) catalog_.forget_size(*day, key);
}

}  // namespace g2afs
