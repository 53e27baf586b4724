// SPDX-License-Identifier: MIT
// The disk cache against a map of what was put into it: whatever is done to it, and to its files, it gives back right
// bytes or says that it has none; and as long as nothing was damaged, evicted or replaced it has what it was given.
#include <cstring>
#include <filesystem>
#include <fstream>
#include <map>
#include <memory>
#include <optional>
#include <random>
#include <string>
#include <vector>

#include <gtest/gtest.h>
#include <rapidcheck.h>

#include "disk_fixture.hpp"

namespace g2afs::test {
namespace {

enum class Do { Put, Get, Create, Reopen, Close, Damage, Truncate, Zero, Remove, Exchange, Scan, Wait, Demote, Verify };
constexpr int kKinds = 14;

struct Step {
  Do what = Do::Put;
  unsigned key = 0;
  std::uint64_t number = 0;  // whatever the step needs
};

std::ostream& operator<<(std::ostream& out, const Step& step) {
  return out << '{' << static_cast<int>(step.what) << ", " << step.key << ", " << step.number << '}';
}

rc::Gen<Step> steps() {
  return rc::gen::apply(
      [](int what, unsigned key, std::uint64_t number) {
        // Half of the steps put or get.
        const int kind = what < kKinds ? what : what % 2;
        return Step{static_cast<Do>(kind), key, number};
      },
      rc::gen::inRange(0, 2 * kKinds), rc::gen::inRange(0U, 4U), rc::gen::arbitrary<std::uint64_t>());
}

class Model {
 public:
  explicit Model(std::uint64_t size) : size_(size) { reopen(); }

  void run(const Step& step) {
    const DiskKey& key = keys_[step.key];
    auto& open = open_[step.key];
    std::mt19937_64 random(step.number);
    switch (step.what) {
      case Do::Put: {
        if (!open) create(step.key, versions_[step.key]);
        if (!open) return;
        const auto block = random() % open->layout().blocks();
        const auto pages = static_cast<PageSet>(random());
        const auto version = version_of(*open);
        if (open->write(block, pages, disk_block(key, version, block))) put_[step.key][block] |= pages;
        return;
      }
      case Do::Get: return get(step.key, random() % DiskLayout{key.size}.blocks());
      case Do::Create: return create(step.key, versions_[step.key] = 1 + random() % 3);
      case Do::Reopen: return reopen();
      case Do::Close: return open.reset();
      case Do::Damage:
        return change(random, [&](const auto& file, std::uint64_t length) {
          std::fstream stream(file, std::ios::binary | std::ios::in | std::ios::out);
          const auto at = static_cast<std::streamoff>(random() % length);
          stream.seekg(at);
          const char old = static_cast<char>(stream.get());
          stream.seekp(at);
          stream.put(static_cast<char>(old ^ (1 << random() % 8)));
        });
      case Do::Truncate:
        return change(random, [&](const auto& file, std::uint64_t length) {
          std::filesystem::resize_file(file, random() % length);
        });
      case Do::Zero:
        return change(random, [&](const auto& file, std::uint64_t length) {
          const auto at = random() % length;
          std::fstream stream(file, std::ios::binary | std::ios::in | std::ios::out);
          stream.seekp(static_cast<std::streamoff>(at));
          stream << std::string(random() % (length - at) + 1, '\0');
        });
      case Do::Remove: return change(random, [&](const auto& file, std::uint64_t) { std::filesystem::remove(file); });
      case Do::Exchange:
        return change(random, [&](const auto& file, std::uint64_t) {
          const auto all = files_below(directory_ / "cache");
          write_file(file, read_file(all[random() % all.size()]));
          std::filesystem::rename(all[random() % all.size()], all[random() % all.size()]);
        });
      case Do::Scan: return static_cast<void>(cache_->scan());
      case Do::Wait: return clock_.advance(std::chrono::seconds{random() % 5000});
      case Do::Demote: return open ? open->demote() : void();
      case Do::Verify:
        if (open) static_cast<void>(open->verify());
        return;
    }
  }

  /// All that is there, read.
  void get_all() {
    for (unsigned key = 0; key < keys_.size(); ++key) {
      for (std::uint64_t block = 0; block < DiskLayout{keys_[key].size}.blocks(); ++block) get(key, block);
    }
  }

 private:
  static std::uint64_t version_of(const DiskFile& file) {
    return static_cast<std::uint64_t>(file.validator().etag.at(2) - '0');
  }

  void get(unsigned number, std::uint64_t block) {
    auto file = open_[number];
    if (!file) {
      auto opened = cache_->open(keys_[number]);
      if (opened) file = open_[number] = *opened;
    }
    const PageSet wanted = put_[number][block] & DiskLayout{keys_[number].size}.all_pages(block);
    if (!file) {
      RC_ASSERT(lossy_ || wanted == 0U);
      return;
    }
    std::vector<std::byte> into(kBlockSize);
    const auto proven = file->read(block, into);
    RC_ASSERT(proven.has_value());
    const auto right = disk_block(keys_[number], version_of(*file), block);
    for (std::uint64_t page = 0; page * kPageSize < right.size(); ++page) {
      if ((*proven >> page & 1U) == 0) continue;
      const std::size_t begin = page * kPageSize, length = std::min(kPageSize, right.size() - begin);
      RC_ASSERT(std::memcmp(right.data() + begin, into.data() + begin, length) == 0);
    }
    if (!lossy_) RC_ASSERT((*proven & wanted) == wanted);
  }

  void create(unsigned number, std::uint64_t version) {
    const auto before = open_[number];
    const auto file = cache_->create(keys_[number], disk_version(version));
    open_[number] = file ? *file : nullptr;
    if (file && (!before || before->generation() != (*file)->generation())) {
      // Another version, or the first since the cache was closed, or since it was damaged.
      if (!before || version_of(*before) != version || lossy_) put_[number].clear();
    }
    if (!file) lossy_ = true;
  }

  void reopen() {
    for (auto& file : open_) file.reset();
    cache_ = std::make_unique<DiskCache>(DiskCacheOptions{directory_ / "cache", size_, "account"}, clock_, *log_);
    if (!cache_->scan()) lossy_ = true;
    lossy_ = lossy_ || size_ < 2 << 20;  // evicts at will
  }

  template <class Change>
  void change(std::mt19937_64& random, const Change& how) {
    const auto files = files_below(directory_ / "cache");
    if (files.empty()) return;
    const auto& file = files[random() % files.size()];
    const auto length = std::filesystem::file_size(file);
    if (length == 0) return;
    lossy_ = true;
    how(file, length);
  }

  const std::vector<DiskKey> keys_{video(1, 5 * kBlockSize + 99), video(2, 2 * kBlockSize), events(2, 30'001),
                                   events(3, kBlockSize)};
  const std::uint64_t size_;
  TemporaryDirectory directory_;
  FakeClock clock_{std::chrono::time_point_cast<Time::duration>(std::chrono::system_clock::now())};
  std::shared_ptr<Log> log_ = make_null_log();
  std::unique_ptr<DiskCache> cache_;
  std::vector<std::shared_ptr<DiskFile>> open_{4};
  std::vector<std::uint64_t> versions_{1, 1, 1, 1};
  std::vector<std::map<std::uint64_t, PageSet>> put_{4};
  bool lossy_ = false;
};

TEST(DiskModel, GivesBackRightBytesOrNone) {
  EXPECT_TRUE(rc::check("any steps", [] {
    Model model(*rc::gen::element<std::uint64_t>(1 << 20, 1 << 30));
    for (const Step& step : *rc::gen::container<std::vector<Step>>(steps())) model.run(step);
    model.get_all();
  }));
}

TEST(DiskModel, KeepsWhatItWasGivenWhereNothingIsDamaged) {
  EXPECT_TRUE(rc::check("harmless steps", [] {
    Model model(1 << 30);
    const auto harmless =
        rc::gen::suchThat(steps(), [](const Step& step) { return step.what < Do::Damage || step.what > Do::Exchange; });
    for (const Step& step : *rc::gen::container<std::vector<Step>>(harmless)) model.run(step);
    model.get_all();
  }));
}

}  // namespace
}  // namespace g2afs::test
