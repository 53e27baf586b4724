// SPDX-License-Identifier: MIT
#include "g2afs/app/config_additions.hpp"

#include <sys/stat.h>
#include <unistd.h>

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <rapidcheck.h>
#include <rapidcheck/gtest.h>

#include "fakes/temporary_directory.hpp"

namespace g2afs {
namespace {

const std::vector<ConfigMember> kKey{{"account_key", "18446744073709551615", JsonType::Number}};

std::string with_key(std::string_view text) {
  const auto result = with_members(text, kKey);
  return result ? *result : "error: " + result.error().what;
}

TEST(ConfigAdditions, AddsALineWhereThereAreLines) {
  EXPECT_EQ(with_key("{\n  // comments are allowed\n  \"client_id\": \"c\",\n  \"client_secret\": \"s\"\n}\n"),
            "{\n  // comments are allowed\n  \"client_id\": \"c\",\n  \"client_secret\": \"s\",\n"
            "  \"account_key\": 18446744073709551615\n}\n");
  EXPECT_EQ(with_key("{\r\n\t\"client_id\": \"c\"\r\n}"),
            "{\r\n\t\"client_id\": \"c\",\r\n\t\"account_key\": 18446744073709551615\r\n}");
}

TEST(ConfigAdditions, LeavesCommentsWithWhatTheyAreAbout) {
  EXPECT_EQ(with_key("{\n  \"a\": \"x\"  // of the portal, {not} \"this\"\n  /* the end */\n}"),
            "{\n  \"a\": \"x\",  // of the portal, {not} \"this\"\n  /* the end */\n"
            "  \"account_key\": 18446744073709551615\n}");
  EXPECT_EQ(with_key("// {\n{ \"a\": \"//\\\" }\" } // }"),
            "// {\n{ \"a\": \"//\\\" }\", \"account_key\": 18446744073709551615 } // }");
  EXPECT_EQ(with_key("{\"a\": 1 // why\n}"), "{\"a\": 1, // why\n  \"account_key\": 18446744073709551615\n}");
}

TEST(ConfigAdditions, AddsToAnEmptyObject) {
  EXPECT_EQ(with_key("{}"), "{ \"account_key\": 18446744073709551615 }");
  EXPECT_EQ(with_key("{\n}\n"), "{\n  \"account_key\": 18446744073709551615\n}\n");
  EXPECT_EQ(with_key("{ // nothing\n}"), "{ // nothing\n  \"account_key\": 18446744073709551615\n}");
}

TEST(ConfigAdditions, AddsSeveralInTheirOrder) {
  const std::vector<ConfigMember> two{{"a", "7", JsonType::Number}, {"b", "q\"uoted", JsonType::String}};
  EXPECT_EQ(with_members("{\n \"c\": true}", two).value(), "{\n \"c\": true,\n \"a\": 7,\n \"b\": \"q\\\"uoted\"\n}");
  EXPECT_EQ(written_members(two), "\"a\": 7, \"b\": \"q\\\"uoted\"");
}

TEST(ConfigAdditions, RefusesWhatItCannotAddTo) {
  EXPECT_FALSE(with_members("{\"account_key\": 1}", kKey)) << "it would be there twice";
  EXPECT_FALSE(with_members("{", kKey));
  EXPECT_FALSE(with_members("", kKey));
}

/// What may stand between two tokens.
rc::Gen<std::string> gap() {
  return rc::gen::element<std::string>("", "", " ", "\n", "\n\t", "\r\n  ", "/* { \" */", "// } , \"x\": 1\n", " //\r",
                                       "/***/", " /* // */ ");
}

RC_GTEST_PROP(ConfigAdditions, NothingElseChanges, ()) {
  std::vector<ConfigMember> members;
  const auto count = *rc::gen::inRange(0, 4);
  std::string text = *gap() + "{" + *gap();
  for (int i = 0; i < count; ++i) {
    const auto [key, value, type] = *rc::gen::element<std::tuple<std::string, std::string, JsonType>>(
        std::tuple{"k\\\"//", "\"a,}/*\\\\\"", JsonType::String}, std::tuple{"n", "1.50", JsonType::Number},
        std::tuple{"t", "true", JsonType::Boolean}, std::tuple{"{", "\"\"", JsonType::String});
    text +=
        (i == 0 ? "" : "," + *gap()) + "\"" + std::to_string(i) + key + "\"" + *gap() + ":" + *gap() + value + *gap();
  }
  text += "}" + *gap();
  auto before = parse_config_text(text, "text");
  RC_ASSERT(before.has_value());

  const auto result = with_members(text, kKey);
  RC_ASSERT(result.has_value());
  const auto after = parse_config_text(*result, "result");
  RC_ASSERT(after.has_value());
  before->push_back(kKey.front());
  RC_ASSERT(after->size() == before->size());
  for (std::size_t i = 0; i < after->size(); ++i) {
    RC_ASSERT((*after)[i].key == (*before)[i].key);
    RC_ASSERT((*after)[i].text == (*before)[i].text);
  }
  // The text is there, in order, with insertions only: at most the comma and the member.
  std::size_t at = 0;
  for (const char c : *result) at += at < text.size() && text[at] == c ? 1 : 0;
  RC_ASSERT(at == text.size());
  RC_ASSERT(result->size() <= text.size() + std::string(",\r\n\t  \"account_key\": 18446744073709551615\n").size());
}

TEST(ConfigAdditions, KeepsModeOwnerAndLink) {
  const test::TemporaryDirectory directory;
  const auto file = directory.write("acme.json", "{}", 0400);
  if (::getuid() == 0) {
    ASSERT_EQ(::chown(file.c_str(), 12, 34), 0);
  }
  std::filesystem::create_symlink("acme.json", directory / "link.json");
  ASSERT_TRUE(add_to_config_file(directory / "link.json", kKey));
  EXPECT_EQ(test::read_file(file), "{ \"account_key\": 18446744073709551615 }");
  EXPECT_TRUE(std::filesystem::is_symlink(directory / "link.json"));
  struct stat status {};
  ASSERT_EQ(::stat(file.c_str(), &status), 0);
  EXPECT_EQ(status.st_mode & 07777U, 0400U);
  if (::getuid() == 0) {
    EXPECT_EQ(status.st_uid, 12U);
  }
  if (::getuid() == 0) {
    EXPECT_EQ(status.st_gid, 34U);
  }
}

TEST(ConfigAdditions, LeavesAFileAloneThatItCannotAddTo) {
  const test::TemporaryDirectory directory;
  const auto file = directory.write("acme.json", R"({"account_key": 1})");
  EXPECT_FALSE(add_to_config_file(file, kKey));
  EXPECT_EQ(test::read_file(file), R"({"account_key": 1})");
  EXPECT_EQ(add_to_config_file(directory / "none.json", kKey).error().code, Errc::Unavailable);
}

}  // namespace
}  // namespace g2afs
