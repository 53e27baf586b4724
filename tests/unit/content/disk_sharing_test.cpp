// SPDX-License-Identifier: MIT
// One directory used by several processes, each with threads, at a time: every byte read is right, and the size holds.
#include <atomic>
#include <cstdio>
#include <memory>
#include <random>
#include <string>
#include <sys/wait.h>
#include <thread>
#include <unistd.h>
#include <vector>

#include <gtest/gtest.h>

#include "disk_fixture.hpp"

namespace g2afs::test {
namespace {

using DiskSharingTest = DiskTest;

/// Puts and gets at random, of objects that have one of two versions; counts the blocks read whole. -1 for a wrong byte.
int hammer(DiskCache& cache, std::uint64_t seed, int steps) {
  std::mt19937_64 random(seed);
  int found = 0;
  std::vector<std::byte> into(kBlockSize);
  for (int i = 0; i < steps; ++i) {
    const std::uint64_t id = random() % 6;
    const auto key = id < 3 ? video(id, 6 * kBlockSize + id) : events(id, 20'000 + id);
    const bool replaces = random() % 20 == 0;
    auto file = replaces ? cache.create(key, disk_version(1 + random() % 2)) : cache.open(key);
    if (!file) file = cache.create(key, disk_version(1 + random() % 2));
    if (!file) continue;
    const auto version = static_cast<std::uint64_t>((*file)->validator().etag.at(2) - '0');
    const auto block = random() % (*file)->layout().blocks();
    const auto right = disk_block(key, version, block);
    if (random() % 2 == 0) {
      static_cast<void>((*file)->write(block, static_cast<PageSet>(random() | random()), right));
      continue;
    }
    const auto proven = (*file)->read(block, into);
    if (!proven) continue;
    for (std::size_t at = 0; at < right.size(); ++at) {
      if ((*proven >> (at / kPageSize) & 1U) != 0 && into[at] != right[at]) return -1;
    }
    found += *proven != 0;
  }
  return found;
}

class Processes {
 public:
  /// `work` returns whether all went well.
  template <class Work>
  void start(const Work& work) {
    const pid_t pid = ::fork();
    if (pid == 0) {
      const bool well = work();
      std::fflush(stdout);  // what failed there
      ::_exit(well ? 0 : 1);
    }
    pids_.push_back(pid);
  }
  bool all_well() {
    bool well = true;
    for (const pid_t pid : pids_) {
      int status = 0;
      well = ::waitpid(pid, &status, 0) == pid && WIFEXITED(status) && WEXITSTATUS(status) == 0 && well;
    }
    pids_.clear();
    return well;
  }

 private:
  std::vector<pid_t> pids_;
};

TEST_F(DiskSharingTest, ThreadsOfOneProcess) {
  auto cache = make_cache();
  std::atomic<int> wrong = 0, found = 0;
  std::vector<std::thread> threads;
  for (std::uint64_t seed = 0; seed < 4; ++seed) {
    threads.emplace_back([&, seed] {
      const int blocks = hammer(cache, seed, 300);
      ++(blocks < 0 ? wrong : found);
    });
  }
  for (auto& thread : threads) thread.join();
  EXPECT_EQ(wrong, 0);
  EXPECT_EQ(cache.numbers().dropped, 0U);
}

TEST_F(DiskSharingTest, ThreadsOfSeveralProcessesInARoomThatIsTooSmall) {
  constexpr std::uint64_t kSize = 2 << 20;
  const std::uint64_t seed = std::random_device{}();
  RecordProperty("seed", std::to_string(seed));
  for (std::uint64_t round = 0; round < 4; ++round) {
    Processes processes;
    for (std::uint64_t process = 0; process < 3; ++process) {
      processes.start([&] {
        auto cache = make_cache(kSize);
        std::atomic<int> wrong = 0, found = 0;
        const auto work = [&](std::uint64_t thread) {
          const int blocks = hammer(cache, seed + round * 100 + process * 10 + thread, 150);
          wrong += blocks < 0;
          found += blocks;
        };
        std::thread other(work, 1);
        work(0);
        other.join();
        EXPECT_EQ(wrong, 0);
        EXPECT_GT(found, 0) << cache.numbers().refused << " refused, " << cache.numbers().evicted << " evicted";
        return !::testing::Test::HasFailure();
      });
    }
    ASSERT_TRUE(processes.all_well()) << "seed " << seed;
    ASSERT_LE(allocated_below(dir()), kSize) << "seed " << seed;
  }
}

TEST_F(DiskSharingTest, AKilledProcessLeavesNothingWrong) {
  for (int i = 0; i < 5; ++i) {
    int ready[2];
    ASSERT_EQ(::pipe(ready), 0);
    const pid_t pid = ::fork();
    if (pid == 0) {
      auto cache = make_cache();
      for (std::uint64_t seed = 0;; ++seed) {
        static_cast<void>(hammer(cache, seed, 20));
        if (seed == static_cast<std::uint64_t>(i) && ::write(ready[1], "x", 1) != 1) ::_exit(1);
      }
    }
    char byte = 0;
    EXPECT_EQ(::read(ready[0], &byte, 1), 1);
    ::kill(pid, SIGKILL);
    int status = 0;
    ::waitpid(pid, &status, 0);
    ::close(ready[0]);
    ::close(ready[1]);
    auto cache = make_cache();
    EXPECT_GE(hammer(cache, 77, 200), 0);
  }
}

}  // namespace
}  // namespace g2afs::test
