// SPDX-License-Identifier: MIT
#include "g2afs/app/cache_command.hpp"

#include <filesystem>
#include <memory>
#include <string>
#include <vector>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "fakes/fake_clock.hpp"
#include "fakes/temporary_directory.hpp"

#include "g2afs/content/disk_cache.hpp"

namespace g2afs::test {
namespace {

using ::testing::EndsWith;
using ::testing::HasSubstr;
using ::testing::StartsWith;
using What = CacheCommand::What;

class CacheCommandTest : public testing::Test {
 protected:
  CacheCommandTest() : config(Zone::find("UTC").value()) {
    config.cache_dir = directory / "cache";
    config.cache_size = 10ULL << 30;
  }
  Result<std::string> run(What what, std::uint64_t size = 0) {
    CacheCommand command;
    command.what = what;
    command.size = size;
    return run_cache_command(command, config, clock);
  }
  void put(DiskKey key, std::uint64_t blocks) {
    DiskCache cache({config.cache_dir, config.cache_size, "account"}, clock, *log);
    ASSERT_TRUE(cache.scan());
    const auto file = cache.create(key, {"\"1\"", ""}).value();
    const std::vector<std::byte> bytes(kBlockSize);
    for (std::uint64_t block = 0; block < blocks; ++block) ASSERT_TRUE(file->write(block, ~PageSet{0}, bytes));
    file->touch();  // by this clock, while writing goes by the kernel's
    clock.advance(std::chrono::hours{1});
  }

  TemporaryDirectory directory;
  FakeClock clock{std::chrono::time_point_cast<Time::duration>(std::chrono::system_clock::now())};
  std::shared_ptr<Log> log = make_null_log();
  Config config;
  const DiskKey video{{{18446744}, FileKind::Video}, 100 * kBlockSize, {}};
  const DiskKey events{{{18446744}, FileKind::Events}, 10'000, {}};
};

TEST_F(CacheCommandTest, ListsAnEmptyCache) {
  const auto text = run(What::List).value();
  EXPECT_EQ(text, "ID                   KIND          SIZE   CACHED    %  LAST USE\n0 files, 0 of 10G in " +
                      config.cache_dir.string() + "\n");
  EXPECT_FALSE(std::filesystem::exists(config.cache_dir)) << "looking makes nothing";
}

TEST_F(CacheCommandTest, ListsWhatIsThereTheLastUsedFirst) {
  put(video, 25);
  put(events, 1);
  const auto text = run(What::List).value();
  const auto second = text.find('\n') + 1;
  EXPECT_THAT(text.substr(second), StartsWith("18446744             events        9.8K     9.8K  100  20"));
  EXPECT_THAT(text, HasSubstr("\n18446744             mp4            12M     3.1M   25  20"));
  EXPECT_THAT(text, HasSubstr("\n2 files, 3.2M of 10G in "));
}

TEST_F(CacheCommandTest, PrunesTheLeastRecentlyUsed) {
  put(video, 25);
  put(events, 1);
  EXPECT_THAT(run(What::Prune, 1 << 20).value(), StartsWith("removed 1 file of 3.1M; "));
  EXPECT_THAT(run(What::List).value(), HasSubstr("\n1 file, "));
  EXPECT_THAT(run(What::Prune, 0).value(), StartsWith("removed 1 file of "));
  EXPECT_THAT(run(What::List).value(), HasSubstr("\n0 files, "));
}

TEST_F(CacheCommandTest, VerifiesAndDropsWhatIsDamaged) {
  put(video, 25);
  put(events, 1);
  EXPECT_EQ(run(What::Verify).value(), "verified 3.1M in 2 files: all is sound\n");
  for (const auto& entry : std::filesystem::recursive_directory_iterator(config.cache_dir)) {
    if (entry.path().string().ends_with(".data")) std::filesystem::resize_file(entry.path(), 3 * kBlockSize - 1);
    if (entry.path().string().ends_with(".events.map")) std::filesystem::resize_file(entry.path(), 300);
  }
  EXPECT_EQ(run(What::Verify).value(), "verified 256K in 1 file: dropped 23 blocks and 1 file that were damaged\n");
  EXPECT_EQ(run(What::Verify).value(), "verified 256K in 1 file: all is sound\n");
}

TEST_F(CacheCommandTest, ClearsAllVersionsAndNothingElse) {
  put(video, 25);
  std::filesystem::create_directories(config.cache_dir / "v0" / "old");
  write_file(config.cache_dir / "mine", "a user's");
  EXPECT_THAT(run(What::Clear).value(), StartsWith("removed 3.2M"));
  EXPECT_FALSE(std::filesystem::exists(config.cache_dir / "v1"));
  EXPECT_FALSE(std::filesystem::exists(config.cache_dir / "v0"));
  EXPECT_EQ(read_file(config.cache_dir / "mine"), "a user's");
  EXPECT_THAT(run(What::Clear).value(), StartsWith("removed "));
}

TEST_F(CacheCommandTest, AnAbsentCacheIsAnEmptyOne) {
  EXPECT_EQ(run(What::Clear).value(), "removed 0\n");
  EXPECT_EQ(run(What::Verify).value(), "verified 0 in 0 files: all is sound\n");
}

TEST_F(CacheCommandTest, SaysWhyItFails) {
  directory.write("cache", "a file");
  EXPECT_THAT(run(What::List).error().what, EndsWith("Not a directory"));
  config.cache_dir.clear();
  EXPECT_EQ(run(What::List).error().code, Errc::Invalid);
}

TEST(ReadableSize, HasTwoOrThreeDigits) {
  EXPECT_EQ(readable_size(0), "0");
  EXPECT_EQ(readable_size(1023), "1023");
  EXPECT_EQ(readable_size(1024), "1.0K");
  EXPECT_EQ(readable_size(10'000), "9.8K");
  EXPECT_EQ(readable_size(1'500'000), "1.4M");
  EXPECT_EQ(readable_size(1020 * 1024), "1.0M");
  EXPECT_EQ(readable_size(10ULL << 30), "10G");
  EXPECT_EQ(readable_size(5000ULL << 40), "5000T");
}

}  // namespace
}  // namespace g2afs::test
