// SPDX-License-Identifier: MIT
// What the tests of the disk cache share: objects whose every byte tells where it belongs, a directory, a clock that
// stands near the kernel's own (use times of files are compared with it), and `du`.
#pragma once

#include <chrono>
#include <cstdint>
#include <cstring>
#include <filesystem>
#include <set>
#include <string>
#include <sys/stat.h>
#include <vector>

#include <gtest/gtest.h>

#include "fakes/fake_clock.hpp"
#include "fakes/temporary_directory.hpp"

#include "g2afs/content/disk_cache.hpp"

namespace g2afs::test {

/// The object of a key in one version: a function, so that any process can check any block. Eight bytes at a time.
inline std::uint64_t disk_word(const DiskKey& key, std::uint64_t version, std::uint64_t index) {
  std::uint64_t x = key.file.id.value * 31 + static_cast<std::uint64_t>(key.file.kind) * 7 + version * 1013;
  x = (x ^ index) * 0x9E3779B97F4A7C15ULL;
  return (x ^ (x >> 27)) * 0xC2B2AE3D27D4EB4FULL;
}

inline std::vector<std::byte> disk_block(const DiskKey& key, std::uint64_t version, std::uint64_t block) {
  std::vector<std::byte> bytes(kBlockSize);
  for (std::uint64_t at = 0; at < kBlockSize; at += 8) {
    const std::uint64_t word = disk_word(key, version, (block * kBlockSize + at) / 8);
    std::memcpy(bytes.data() + at, &word, sizeof word);
  }
  bytes.resize(DiskLayout{key.size}.length(block));
  return bytes;
}

inline Validator disk_version(std::uint64_t version) { return {"\"v" + std::to_string(version) + "\"", ""}; }

inline DiskKey video(std::uint64_t id, std::uint64_t size) {
  return {{{id}, FileKind::Video}, size, Time{std::chrono::hours{400'000}}};
}
inline DiskKey events(std::uint64_t id, std::uint64_t size) {
  return {{{id}, FileKind::Events}, size, Time{std::chrono::hours{400'000}}};
}

/// As `du` counts.
inline std::uint64_t allocated_below(const std::filesystem::path& path) {
  std::uint64_t bytes = 0;
  const auto add = [&](const std::filesystem::path& file) {
    struct stat status {};
    if (::lstat(file.c_str(), &status) == 0) bytes += static_cast<std::uint64_t>(status.st_blocks) * 512;
  };
  add(path);
  std::error_code error;
  for (std::filesystem::recursive_directory_iterator at(path, error), end; !error && at != end; at.increment(error)) {
    add(at->path());
  }
  return bytes;
}

inline std::vector<std::filesystem::path> files_below(const std::filesystem::path& path,
                                                      const std::string& ending = "") {
  std::set<std::filesystem::path> files;
  for (const auto& entry : std::filesystem::recursive_directory_iterator(path)) {
    if (entry.is_regular_file() && entry.path().string().ends_with(ending)) files.insert(entry.path());
  }
  return {files.begin(), files.end()};
}

/// The pages that were returned; 0 for an error. Wrong bytes fail the test.
inline PageSet read_checked(DiskFile& file, std::uint64_t version, std::uint64_t block) {
  std::vector<std::byte> into(kBlockSize);
  const auto proven = file.read(block, into);
  if (!proven) return 0;
  const auto right = disk_block(file.key(), version, block);
  for (std::uint64_t page = 0; page * kPageSize < right.size(); ++page) {
    if ((*proven >> page & 1U) == 0) continue;
    const std::size_t begin = page * kPageSize, length = std::min(kPageSize, right.size() - begin);
    EXPECT_EQ(std::memcmp(right.data() + begin, into.data() + begin, length), 0)
        << to_string(file.key().file) << ": block " << block << ", page " << page;
  }
  return *proven;
}

class DiskTest : public testing::Test {
 protected:
  static constexpr std::uint64_t kRoomy = 1 << 30;

  DiskCache make_cache(std::uint64_t size = kRoomy, const std::string& account = "account") {
    DiskCache cache({dir(), size, account}, clock, *log);
    EXPECT_TRUE(cache.scan());
    return cache;
  }
  std::filesystem::path dir() const { return temporary / "cache"; }

  static Result<void> put(DiskFile& file, std::uint64_t version, std::uint64_t block, PageSet pages = ~PageSet{0}) {
    return file.write(block, pages, disk_block(file.key(), version, block));
  }
  /// All of it, or what there is room for.
  static std::shared_ptr<DiskFile> fill(DiskCache& cache, const DiskKey& key, std::uint64_t version = 1) {
    const auto file = cache.create(key, disk_version(version));
    if (!file) return nullptr;
    for (std::uint64_t block = 0; block < (*file)->layout().blocks(); ++block) {
      static_cast<void>(put(**file, version, block));
    }
    return *file;
  }

  TemporaryDirectory temporary;
  FakeClock clock{std::chrono::time_point_cast<Time::duration>(std::chrono::system_clock::now())};
  std::shared_ptr<Log> log = make_null_log();
};

}  // namespace g2afs::test
