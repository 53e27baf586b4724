// SPDX-License-Identifier: MIT
// What the tests of the disk cache in reading share: a world whose files are kept on disk, and a disk that hangs.
#pragma once

#include <filesystem>
#include <future>
#include <memory>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "content_fixture.hpp"
#include "fakes/temporary_directory.hpp"

#include "g2afs/content/content_file.hpp"
#include "g2afs/content/disk.hpp"
#include "g2afs/content/reader.hpp"

namespace g2afs::test {

/// Files that are kept on disk. Whatever is opened is opened as after a restart: nothing of it is in memory.
struct DiskWorld : FileWorld {
  explicit DiskWorld(std::uint32_t seed = 1) : FileWorld(seed) { restart(); }
  ~DiskWorld() { finish(); }

  /// As a new process finds it; what is still open stays with the disk it was opened from.
  void restart(std::size_t most_waiting = 64 * kMiB, std::size_t threads = 0) {
    settle();
    DiskOptions options;
    options.cache = {directory / "cache", 1 << 30, "account"};
    options.threads = threads;
    options.most_waiting = most_waiting;
    earlier.push_back(std::exchange(services.disk, std::make_unique<Disk>(loop, options, clock, *log, metrics)));
  }

  std::shared_ptr<ContentFile> file_on_disk(FileKey key, std::uint64_t size, bool trusted = true) {
    auto made = file(key, size);
    made->allow_disk(Time{std::chrono::hours{1000}}, trusted);
    run_task(loop, clock, find(made));
    return made;
  }
  std::unique_ptr<Reader> open_on_disk(FileKey key) { return open(file_on_disk(key, server.at(key).bytes.size())); }
  static Task<bool> find(std::shared_ptr<ContentFile> made) {
    co_await made->find_on_disk();
    co_return true;
  }

  /// Reads all of it in pieces and closes it; what is wrong fails.
  Result<std::string> read_whole(FileKey key, std::size_t piece = kMiB) {
    const auto reader = open_on_disk(key);
    const std::uint64_t size = server.at(key).bytes.size();
    std::string text;
    while (text.size() < size) {
      const auto more = read(*reader, text.size(), piece);
      if (!more) return fail(more.error());
      text += *more;
    }
    settle();
    return text;
  }
  bool reads_right(FileKey key) { return read_whole(key).value_or("failed") == server.at(key).bytes; }

  std::vector<std::filesystem::path> cache_files(std::string_view ending) const {
    std::vector<std::filesystem::path> files;
    for (const auto& entry : std::filesystem::recursive_directory_iterator(directory.path())) {
      if (entry.is_regular_file() && entry.path().string().ends_with(ending)) files.push_back(entry.path());
    }
    return files;
  }

  /// Descriptors of this process that lead into the cache.
  int open_in_cache() const {
    int count = 0;
    for (const auto& entry : std::filesystem::directory_iterator("/proc/self/fd")) {
      std::error_code gone;
      const auto target = std::filesystem::read_symlink(entry, gone).string();
      count += target.starts_with((directory / "cache").string());
    }
    return count;
  }

  TemporaryDirectory directory;
  std::vector<std::unique_ptr<Disk>> earlier;
};

/// A thread that reads the disk hangs in this from begin() on, until it is let go.
class HungRead {
 public:
  ~HungRead() { let_go(); }

  TaskId begin(MediaWorld& world, Disk& disk) {
    const TaskId task = line_up(world, disk);
    wait();
    return task;
  }
  /// As begin(), where others are before it.
  TaskId line_up(MediaWorld& world, Disk& disk) {
    const TaskId task = world.loop.spawn(hang(disk, begun_, gate_.get_future().share()));
    world.settle();
    return task;
  }
  void wait() { begun_->get_future().wait(); }
  void let_go() {
    if (!std::exchange(gone_, true)) gate_.set_value();
  }

 private:
  static Task<> hang(Disk& disk, std::shared_ptr<std::promise<void>> begun, std::shared_future<void> gate) {
    auto work = [begun = std::move(begun), gate = std::move(gate)] {
      begun->set_value();
      gate.wait();
      return true;
    };
    co_await disk.read(std::move(work));
  }

  const std::shared_ptr<std::promise<void>> begun_ = std::make_shared<std::promise<void>>();
  std::promise<void> gate_;
  bool gone_ = false;
};

}  // namespace g2afs::test
