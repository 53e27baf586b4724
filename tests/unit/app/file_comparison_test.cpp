// SPDX-License-Identifier: MIT
#include "g2afs/app/file_comparison.hpp"

#include <sys/stat.h>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "fakes/temporary_directory.hpp"

namespace g2afs {
namespace {

constexpr std::size_t kMiB = 1 << 20;

class FileComparisonTest : public testing::Test {
 protected:
  /// "equal", or why not.
  std::string compare(std::string_view original, std::string_view copy, FileComparisonOptions options = {}) {
    directory_.write("original", original);
    directory_.write("copy", copy);
    return outcome(options);
  }
  std::string outcome(FileComparisonOptions options = {}) {
    FileComparison comparison(std::move(options));
    const auto equal = comparison.compare(directory_ / "original", directory_ / "copy", [this](std::uint64_t more) {
      compared_ += more;
      return go_on_;
    });
    return equal ? "equal" : equal.error().what;
  }
  static std::string bytes(std::size_t size) {
    std::string text(size, '\0');
    for (std::size_t i = 0; i < size; ++i) text[i] = static_cast<char>(i * 2654435761U >> 13);
    return text;
  }

  test::TemporaryDirectory directory_;
  std::uint64_t compared_ = 0;
  bool go_on_ = true;
};

TEST_F(FileComparisonTest, ProvesEqualFilesOfAnySize) {
  for (const std::size_t size : {std::size_t{0}, std::size_t{1}, kMiB - 1, kMiB, kMiB + 1, 3 * kMiB}) {
    compared_ = 0;
    EXPECT_EQ(compare(bytes(size), bytes(size)), "equal") << size;
    EXPECT_EQ(compared_, size);
  }
}

TEST_F(FileComparisonTest, SaysWhichByteDiffers) {
  const std::string original = bytes(2 * kMiB + 5);
  for (const std::size_t at : {std::size_t{0}, kMiB - 1, kMiB, 2 * kMiB + 4}) {
    std::string copy = original;
    copy[at] = static_cast<char>(copy[at] ^ 1);
    EXPECT_EQ(compare(original, copy), "its copy differs at byte " + std::to_string(at + 1));
  }
}

TEST_F(FileComparisonTest, SaysHowLongTheCopyIs) {
  EXPECT_EQ(compare("1234", "123"), "its copy has 3 bytes instead of 4");
  EXPECT_EQ(compare("1234", "12345"), "its copy has 5 bytes instead of 4");
  EXPECT_EQ(compare("1234", ""), "its copy has 0 bytes instead of 4");
  EXPECT_EQ(compared_, 0U);
}

TEST_F(FileComparisonTest, TrustsSizesWhereToldTo) {
  EXPECT_EQ(compare("1234", "4321", {.size_only = true}), "equal");
  EXPECT_EQ(compare("1234", "123", {.size_only = true}), "its copy has 3 bytes instead of 4");
  EXPECT_EQ(compared_, 0U);
}

TEST_F(FileComparisonTest, FindsNoCopy) {
  directory_.write("original", "x");
  EXPECT_EQ(outcome(), "not in the copy");
  std::filesystem::create_directory(directory_ / "copy");
  EXPECT_EQ(outcome(), "its copy is no regular file");
}

TEST_F(FileComparisonTest, DoesNotWaitForAPipe) {
  directory_.write("original", "x");
  ASSERT_EQ(mkfifo((directory_ / "copy").c_str(), 0600), 0);
  EXPECT_EQ(outcome(), "its copy is no regular file");
}

TEST_F(FileComparisonTest, FollowsLinksButNotIntoAMount) {
  directory_.write("original", "x");
  std::filesystem::create_symlink(directory_ / "original", directory_ / "copy");
  EXPECT_EQ(outcome(), "equal");
  struct stat entry {};
  ASSERT_EQ(stat((directory_ / "original").c_str(), &entry), 0);
  EXPECT_EQ(outcome({.no_copies = {entry.st_dev}}), "its copy is a link into a g2afs mount");
  EXPECT_EQ(outcome({.size_only = true, .no_copies = {entry.st_dev}}), "its copy is a link into a g2afs mount");
}

TEST_F(FileComparisonTest, SaysWhatCannotBeRead) {
  directory_.write("copy", "x");
  std::filesystem::create_symlink("loop", directory_ / "original");
  EXPECT_EQ(outcome(), "reading it: Too many levels of symbolic links");
}

TEST_F(FileComparisonTest, DoesNotTakeAnOriginalThatIsGoneForAMissingCopy) {
  directory_.write("copy", "x");
  FileComparison comparison({});
  const auto equal =
      comparison.compare(directory_ / "original", directory_ / "copy", [](std::uint64_t) { return true; });
  ASSERT_FALSE(equal);
  EXPECT_EQ(equal.error().code, Errc::Changed);
  EXPECT_EQ(equal.error().what, "it is not there any more");
}

// That a file system which an error made read-only proves nothing is in tests/system/archive_copies_test.sh.
TEST_F(FileComparisonTest, TakesAFileSystemThatNeverWritesForACopy) {
  FileComparison comparison({.size_only = true});
  const std::filesystem::path file = "/proc/version";  // fsync: EINVAL
  EXPECT_TRUE(comparison.compare(file, file, [](std::uint64_t) { return true; }));
}

TEST_F(FileComparisonTest, GivesUpWhenToldTo) {
  go_on_ = false;
  EXPECT_EQ(compare(bytes(3 * kMiB), bytes(3 * kMiB)), "interrupted");
  EXPECT_EQ(compared_, kMiB);
}

/// What happens to a file after its first piece was compared.
class FileComparisonChange : public FileComparisonTest {
 protected:
  std::string outcome_when(const std::function<void()>& change) {
    FileComparison comparison({});
    const auto equal = comparison.compare(directory_ / "original", directory_ / "copy", [&](std::uint64_t) {
      change();
      return true;
    });
    return equal ? "equal" : equal.error().what;
  }
};

TEST_F(FileComparisonChange, IsSeenInTheCopy) {
  directory_.write("original", bytes(kMiB));
  directory_.write("copy", bytes(kMiB));
  EXPECT_EQ(outcome_when([this] { directory_.write("copy", "other"); }), "its copy changed while it was compared");
}

TEST_F(FileComparisonChange, IsSeenInTheOriginal) {
  directory_.write("original", bytes(kMiB));
  directory_.write("copy", bytes(kMiB));
  const auto replace = [this] {
    directory_.write("new", "other");
    std::filesystem::rename(directory_ / "new", directory_ / "original");
  };
  EXPECT_EQ(outcome_when(replace), "it changed while it was compared");
}

TEST_F(FileComparisonChange, IsSeenInBothCutToTheSameLength) {
  directory_.write("original", bytes(2 * kMiB));
  directory_.write("copy", bytes(2 * kMiB));
  const auto cut = [this] {
    std::filesystem::resize_file(directory_ / "original", kMiB);
    std::filesystem::resize_file(directory_ / "copy", kMiB);
  };
  EXPECT_EQ(outcome_when(cut), "it changed while it was compared");
}

}  // namespace
}  // namespace g2afs
