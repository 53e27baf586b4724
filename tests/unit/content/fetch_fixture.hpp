// SPDX-License-Identifier: MIT
// What the tests of Fetch share: one reader and one server that behaves in some way. Loop thread only.
#pragma once

#include <algorithm>
#include <memory>
#include <optional>
#include <string>

#include <gtest/gtest.h>

#include "content_fixture.hpp"

namespace g2afs::test {

inline constexpr std::uint64_t kFetchedSize = 700'001;

class FetchTest : public testing::Test, protected FileWorld {
 protected:
  void TearDown() override {
    reader.reset();
    EXPECT_TRUE(finish());
    EXPECT_EQ(server.under_way, 0);
  }

  /// The whole file, read in pieces of 64 KiB; nothing if a read failed (then `failure` says how).
  std::optional<std::string> read_all(std::uint64_t announced = kFetchedSize) {
    reader = open(file(key, announced));
    std::string text;
    while (text.size() < announced) {
      const auto piece = read(*reader, text.size(), 64 * 1024);
      if (!piece) {
        failure = piece.error().code;
        return std::nullopt;
      }
      EXPECT_EQ(piece->size(), std::min<std::uint64_t>(64 * 1024, announced - text.size()));
      text += *piece;
    }
    return text;
  }
  void expect_invisible() {
    const auto text = read_all();
    ASSERT_TRUE(text) << to_string(failure);
    EXPECT_TRUE(*text == content);
  }
  void expect_failure(Errc code, std::uint64_t announced = kFetchedSize) {
    EXPECT_FALSE(read_all(announced));
    EXPECT_EQ(failure, code) << to_string(failure);
  }
  Duration elapsed() const { return clock.now().since_start; }

  /// Probes it as a file of unknown size.
  Result<std::uint64_t> probe() {
    probed = file(key, std::nullopt);
    return run_task(loop, clock, probed->probe(Priority::Bulk));
  }
  void expect_probed(const std::string& bytes) {
    const auto size = probe();
    ASSERT_TRUE(size) << to_string(size.error().code);
    EXPECT_EQ(*size, bytes.size());
    if (bytes.empty()) return;
    reader = open(probed);
    const auto text = read(*reader, 0, bytes.size());
    ASSERT_TRUE(text);
    EXPECT_TRUE(*text == bytes);
  }

  std::string content = make_bytes(kFetchedSize);
  FileKey key = add_video(1, content);
  std::unique_ptr<Reader> reader;
  std::shared_ptr<ContentFile> probed;
  Errc failure = Errc::Internal;
};

}  // namespace g2afs::test
