// SPDX-License-Identifier: MIT
#include "g2afs/content/known_files.hpp"

#include <span>

#include <gtest/gtest.h>

#include "content_fixture.hpp"

#include "g2afs/catalog/enumerator.hpp"

namespace g2afs::test {
namespace {

class KnownFilesTest : public testing::Test, protected FileWorld {
 protected:
  static constexpr std::uint64_t kMany = 20'000;  // more than 64 MiB of blocks can be of

  using Pages = ContentFile::Pages;

  KnownFilesTest() : files(services, catalog) {}
  static FileKey events(std::uint64_t id) { return {RecordingId{id}, FileKind::Events}; }
  void forget_the_oldest() {
    for (std::uint64_t id = 1'000; id < 1'000 + kMany; ++id) files.find_or_make(day, events(id), 10);
  }

  const Day day{17'000};
  Enumerator enumerator{loop, account, clock, *log, *Zone::find("UTC"), Filters{}, [](std::span<const MediaEntry>) {}};
  Catalog catalog{loop, enumerator, clock, metrics, *log, CatalogOptions{}};
  KnownFiles files;
};

TEST_F(KnownFilesTest, OneFileIsFoundAgain) {
  const auto file = files.find_or_make(day, events(1), std::nullopt);
  EXPECT_EQ(files.find_or_make(day, events(1), 100), file);
  EXPECT_EQ(file->size(), 100u);
  EXPECT_EQ(files.find(events(1)), file);
  EXPECT_EQ(files.day_of(events(1)), day);
  EXPECT_EQ(files.find(events(2)), nullptr);
}

TEST_F(KnownFilesTest, AnotherSizeIsAnotherVersion) {
  const auto before = files.find_or_make(day, events(1), 100);
  const auto after = files.find_or_make(day, events(1), 200);
  EXPECT_NE(before, after);
  EXPECT_TRUE(before->changed());
  EXPECT_FALSE(after->changed());
}

TEST_F(KnownFilesTest, OfOneThatWasReadAndForgottenTheKernelMayHoldPages) {
  files.find_or_make(day, events(1), 100)->set_pages(Pages::Own);
  EXPECT_EQ(files.find_or_make(day, events(2), 100)->pages(), Pages::None);
  forget_the_oldest();
  EXPECT_EQ(files.find_or_make(day, events(1), 100)->pages(), Pages::Others);
  EXPECT_EQ(files.find_or_make(day, events(2), 100)->pages(), Pages::None);
}

TEST_F(KnownFilesTest, OrOfOneThatWasReadOnlyAfterwards) {
  auto open = files.find_or_make(day, events(1), 100);
  forget_the_oldest();
  open->set_pages(Pages::Own);
  open.reset();
  EXPECT_EQ(files.find_or_make(day, events(1), 100)->pages(), Pages::Others);
}

TEST_F(KnownFilesTest, OfAnotherVersionTheKernelMayHoldPages) {
  files.find_or_make(day, events(1), 100);
  EXPECT_EQ(files.find_or_make(day, events(1), 200)->pages(), Pages::Others) << "by a splice, which tells nobody";
  files.find_or_make(day, events(1), 200)->set_pages(Pages::Own);
  EXPECT_EQ(files.find_or_make(day, events(1), 300)->pages(), Pages::Others);
}

TEST_F(KnownFilesTest, WhereTooManyWereReadOfAnyFile) {
  for (std::uint64_t id = 0; id < 7 * kMany; ++id) {
    files.find_or_make(day, events(1'000'000 + id), 10)->set_pages(Pages::Own);
  }
  EXPECT_EQ(files.find_or_make(day, events(1), 100)->pages(), Pages::Others);
}

TEST_F(KnownFilesTest, OneThatIsInUseIsFoundHoweverManyCameSince) {
  auto used = files.find_or_make(day, events(1), 100);
  files.find_or_make(day, events(2), 100);
  forget_the_oldest();
  EXPECT_EQ(files.find(events(2)), nullptr);
  EXPECT_EQ(files.find(events(1)), used);
  EXPECT_EQ(files.day_of(events(1)), day);
  forget_the_oldest();
  EXPECT_EQ(files.find_or_make(day, events(1), 100), used);
  used.reset();
  EXPECT_NE(files.find(events(1)), nullptr);  // it is one of the newest again
}

}  // namespace
}  // namespace g2afs::test
