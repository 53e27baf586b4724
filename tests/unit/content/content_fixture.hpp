// SPDX-License-Identifier: MIT
// What the tests of the room `content` share: an account whose URLs lead to a FakeMediaServer, and everything up to
// ContentFile and Reader on a fake clock. Loop thread only.
#pragma once

#include <chrono>
#include <cstdint>
#include <map>
#include <memory>
#include <optional>
#include <ostream>
#include <set>
#include <string>
#include <utility>
#include <vector>

#include <gtest/gtest.h>

#include "fakes/fake_clock.hpp"
#include "fakes/fake_media_server.hpp"
#include "fakes/fake_transport.hpp"

#include "g2afs/content/content_file.hpp"
#include "g2afs/content/reader.hpp"

namespace g2afs {

/// For GoogleTest's messages.
inline void PrintTo(const ByteRange& range, std::ostream* out) {
  *out << '[' << range.begin << ", " << range.end << ')';
}

}  // namespace g2afs

namespace g2afs::test {

/// An account in which every recording has the files that the media server has; its `urls` are the server's.
class MediaAccount final : public ArchiveApi {
 public:
  explicit MediaAccount(FakeMediaServer& server) : server_(server) {}

  void add(RecordingId id, Time start, std::uint64_t video_size) { recordings_[id] = {start, video_size}; }
  /// Where a file has a URL although the server has no such object.
  std::set<FileKey> dangling;

  Task<Result<Listing>> list(ListQuery query) override {
    Listing listing;
    for (const auto& [id, recording] : recordings_) {
      const bool within = (!query.from || recording.start >= *query.from) && (!query.to || recording.start < *query.to);
      if (within && !query.archived) listing.ready_for_download.push_back(id);
    }
    co_return listing;
  }

  Task<Result<std::vector<MediaEntry>>> urls(std::vector<RecordingId> ids) override {
    calls.push_back(ids);
    while (held) co_await released.wait();
    if (failure) co_return fail(*failure, "urls: made to fail");
    std::vector<MediaEntry> entries;
    for (const RecordingId id : ids) {
      const auto found = recordings_.find(id);
      if (found == recordings_.end()) continue;
      MediaEntry entry;
      entry.id = id;
      entry.start = found->second.start;
      entry.video_size = found->second.video_size;
      entry.video = url({id, FileKind::Video});
      entry.events = url({id, FileKind::Events});
      entry.thumbnail = url({id, FileKind::Thumbnail});
      entries.push_back(std::move(entry));
    }
    co_return entries;
  }
  Task<Result<void>> transcode(std::vector<RecordingId>) override { co_return Result<void>{}; }
  Task<Result<void>> archive(std::vector<RecordingId>) override { co_return Result<void>{}; }

  std::vector<std::vector<RecordingId>> calls;  // of urls
  std::optional<Errc> failure;
  bool held = false;
  Event released;

 private:
  struct Known {
    Time start;
    std::uint64_t video_size;
  };
  std::optional<Url> url(FileKey key) {
    if (!server_.has(key) && dangling.count(key) == 0) return std::nullopt;
    return server_.url(key);
  }

  FakeMediaServer& server_;
  std::map<RecordingId, Known> recordings_;
};

inline constexpr std::uint64_t kMiB = 1 << 20;
/// Of a file, where its reader begins with little.
inline constexpr std::uint64_t kFirstRequest = 192 << 10;

inline std::string text_of(const Slices& slices) {
  std::string text;
  for (const Slice& slice : slices) {
    text.append(reinterpret_cast<const char*>(slice.bytes.data()), slice.bytes.size());
  }
  return text;
}

/// Loop, clock, network and account: also usable without GoogleTest's fixture, once for each random case.
struct MediaWorld {
  explicit MediaWorld(std::uint32_t seed = 1) : server(seed) { server.clock = &clock; }
  ~MediaWorld() { finish(); }

  /// Unwinds everything; false if something is left.
  bool finish() {
    loop.cancel_all();
    return clock.run(loop);
  }
  /// Runs what can run without turning the clock.
  void settle() {
    loop.context().restart();
    while (loop.context().poll() != 0) {
    }
  }
  /// Runs turn by turn until the server has a request.
  void settle_until_asked() {
    loop.context().restart();
    while (server.asked.empty() && loop.context().poll_one() != 0) {
    }
  }
  /// A recording whose video is `bytes`.
  FileKey add_video(std::uint64_t id, std::string bytes) {
    const FileKey key{RecordingId{id}, FileKind::Video};
    account.add(key.id, clock.wall_now(), bytes.size());
    server.put(key, std::move(bytes));
    return key;
  }

  Loop loop;
  FakeClock clock;
  Metrics metrics;
  std::shared_ptr<Log> log = make_null_log();
  FakeMediaServer server;
  MediaAccount account{server};
  FakeTransport transport{[this](const HttpRequest& request, BodySink& sink) { return server.serve(request, sink); }};
  UrlBroker urls{loop, account, clock, kMiB};
};

/// A world with the services of ContentFile.
struct FileWorld : MediaWorld {
  explicit FileWorld(std::uint32_t seed = 1, std::size_t memory = 64 * kMiB)
      : MediaWorld(seed),
        services{loop,
                 transport,
                 urls,
                 clock,
                 metrics,
                 *log,
                 RetryPolicy{},
                 BlockCache(memory, metrics),
                 Links(28),
                 WindowShares(memory / 2),
                 ReadGate(loop, clock, memory / 2, RetryPolicy{}.retry_for),
                 Gate(memory / 8),
                 [this](FileKey key) { changed.push_back(key); }} {}
  ~FileWorld() { finish(); }

  std::shared_ptr<ContentFile> file(FileKey key, std::optional<std::uint64_t> size) {
    return std::make_shared<ContentFile>(services, key, next_serial++, size);
  }
  /// A file of its true size.
  std::shared_ptr<ContentFile> file(FileKey key) { return file(key, server.at(key).bytes.size()); }
  std::unique_ptr<Reader> open(std::shared_ptr<ContentFile> file) {
    return std::make_unique<Reader>(std::move(file), PageCache::Clear, [](Reader&) {});
  }
  std::unique_ptr<Reader> open(FileKey key) { return open(file(key)); }

  /// The media host is known well enough for what is slow to be asked twice.
  void teach_link() {
    const auto link = services.links.to(*Url::parse("https://media.example/"));
    for (int i = 0; i < 100; ++i) link->answered(std::chrono::milliseconds{1});
    link->received(1 << 30, clock.now());
  }

  /// Starts a read and leaves it.
  TaskId start_read(Reader& reader, std::uint64_t offset, std::size_t size) {
    struct Read {
      static Task<> run(Reader& from, std::uint64_t at, std::size_t length) { co_await from.read(at, length); }
    };
    return loop.spawn(Read::run(reader, offset, size));
  }
  /// Reads, with all that this sets going.
  Result<std::string> read(Reader& reader, std::uint64_t offset, std::size_t size) {
    return run_task(loop, clock, read_text(reader, offset, size));
  }
  static Task<Result<std::string>> read_text(Reader& reader, std::uint64_t offset, std::size_t size) {
    const auto slices = co_await reader.read(offset, size);
    if (!slices) co_return fail(slices.error());
    co_return text_of(*slices);
  }

  std::vector<FileKey> changed;
  std::uint64_t next_serial = 1;
  ContentServices services;
};

}  // namespace g2afs::test
