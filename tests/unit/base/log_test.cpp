// SPDX-License-Identifier: MIT
#include "g2afs/base/log.hpp"

#include <atomic>
#include <filesystem>
#include <map>
#include <sstream>
#include <string>
#include <sys/stat.h>
#include <thread>
#include <vector>

#include <fmt/format.h>
#include <gtest/gtest.h>
#include <nlohmann/json.hpp>

#include "fakes/temporary_directory.hpp"

namespace g2afs {
namespace {

// A mount whose log became a pipe without a reader answered nobody any more.
TEST(Log, IsNoPipe) {
  const test::TemporaryDirectory directory;
  LogOptions options;
  options.file = directory.path() / "log";
  const auto log = make_log(options).value();
  options.file = directory.path() / "pipe";
  ASSERT_EQ(::mkfifo(options.file.c_str(), 0600), 0);
  EXPECT_EQ(change_log(*log, options).error().what, "log_file cannot be written: " + options.file + " is a pipe");
  EXPECT_EQ(make_log(options).error().code, Errc::Invalid);
}

TEST(Log, WritesTimeLevelAndWhat) {
  const test::TemporaryDirectory directory;
  LogOptions options;
  options.file = directory.path() / "log";
  const auto log = make_log(options).value();
  log->info("listing of {}", "2016/11/24");
  log->debug("not shown");
  const std::string text = test::read_file(options.file);
  EXPECT_NE(text.find("Z info listing of 2016/11/24\n"), std::string::npos) << text;
  EXPECT_EQ(text.find("not shown"), std::string::npos);
}

/// What a message may hold without anybody having meant it.
const std::vector<std::string> kMessages = {
    "a \"quoted\" word and a \\",
    "a new\nline, a return\r and a\ttab",
    std::string("a nul \0 and a \x7f", 15),
    "{\"level\":\"error\",\"message\":\"forged\"}",
    "not UTF-8: \xff\xfe, cut: \xe2\x82, a surrogate: \xed\xa0\x80, overlong: \xc0\xaf",
    "\xe2\x82\xac and \xf0\x9f\x8e\xa5",
    "100 % of {} and %v",
    "",
};

std::vector<std::string> lines_of(const std::string& text) {
  std::vector<std::string> lines;
  std::istringstream in(text);
  for (std::string line; std::getline(in, line);) lines.push_back(line);
  return lines;
}

TEST(Log, WritesAnObjectOfJsonWhateverAMessageHolds) {
  const test::TemporaryDirectory directory;
  LogOptions options;
  options.file = directory.path() / "log";
  options.format = "json";
  const auto log = make_log(options).value();
  for (const std::string& message : kMessages) log->warn("{}", message);
  const auto lines = lines_of(test::read_file(options.file));
  ASSERT_EQ(lines.size(), kMessages.size());
  for (std::size_t i = 0; i < lines.size(); ++i) {
    const auto object = nlohmann::json::parse(lines[i]);  // throws for what is none
    EXPECT_EQ(object.size(), 3U) << lines[i];
    EXPECT_EQ(object.at("level"), "warning");
    EXPECT_TRUE(object.at("time").is_string());
    const bool sound = kMessages[i].find('\xff') == std::string::npos;
    if (sound)
      EXPECT_EQ(object.at("message"), kMessages[i]);
    else
      EXPECT_NE(object.at("message").get<std::string>().find("not UTF-8: \xef\xbf\xbd"), std::string::npos);
  }
}

TEST(Log, WritesALineOfTextWhateverAMessageHolds) {
  const test::TemporaryDirectory directory;
  LogOptions options;
  options.file = directory.path() / "log";
  const auto log = make_log(options).value();
  for (const std::string& message : kMessages) log->warn("{}", message);
  const auto lines = lines_of(test::read_file(options.file));
  ASSERT_EQ(lines.size(), kMessages.size());
  EXPECT_TRUE(lines[1].ends_with("Z warning a new line, a return  and a tab")) << lines[1];
  EXPECT_TRUE(lines[6].ends_with("100 % of {} and %v")) << lines[6];
}

TEST(Log, LosesNoLineWhenItsFileIsMovedAndOpenedAnew) {
  const test::TemporaryDirectory directory;
  LogOptions options;
  options.file = directory.path() / "log";
  options.level = "trace";
  const auto log = make_log(options).value();
  constexpr int kWriters = 4, kLines = 2'000;
  std::atomic<int> written = 0;
  std::vector<std::thread> writers;
  for (int writer = 0; writer < kWriters; ++writer) {
    writers.emplace_back([&, writer] {
      for (int line = 0; line < kLines; ++line, ++written) log->trace("line {} of {}", line, writer);
    });
  }
  int rotations = 0;
  for (; written < kWriters * kLines; ++rotations) {
    std::filesystem::rename(options.file, directory.path() / fmt::format("log.{}", rotations));
    ASSERT_TRUE(change_log(*log, options));
  }
  for (auto& writer : writers) writer.join();
  log->flush();
  std::map<std::string, int> seen;
  for (const auto& file : std::filesystem::directory_iterator(directory.path())) {
    for (const std::string& line : lines_of(test::read_file(file.path()))) ++seen[line.substr(line.find("line "))];
  }
  EXPECT_GT(rotations, 0);
  ASSERT_EQ(seen.size(), static_cast<std::size_t>(kWriters * kLines));
  for (const auto& [line, times] : seen) EXPECT_EQ(times, 1) << line;
}

TEST(Log, ChangesItsLevelFormatAndFile) {
  const test::TemporaryDirectory directory;
  LogOptions options;
  options.file = directory.path() / "one";
  const auto log = make_log(options).value();
  options.file = directory.path() / "two";
  options.format = "json";
  options.level = "debug";
  ASSERT_TRUE(change_log(*log, options));
  log->debug("here");
  log->flush();
  EXPECT_EQ(test::read_file(directory.path() / "one"), "");
  EXPECT_EQ(nlohmann::json::parse(test::read_file(options.file)).at("message"), "here");
}

TEST(Log, StaysAsItWasWhereItCannotBeChanged) {
  const test::TemporaryDirectory directory;
  LogOptions options;
  options.file = directory.path() / "log";
  const auto log = make_log(options).value();
  LogOptions nowhere = options, loud = options, xml = options;
  nowhere.file = "/";
  nowhere.level = "error";
  loud.level = "loud";
  xml.format = "xml";
  for (const LogOptions& wrong : {nowhere, loud, xml}) {
    const auto changed = change_log(*log, wrong);
    ASSERT_FALSE(changed);
    EXPECT_EQ(changed.error().code, Errc::Invalid);
  }
  log->info("still here");
  EXPECT_TRUE(test::read_file(options.file).ends_with("Z info still here\n"));
}

TEST(Log, BadOptionsAreInvalid) {
  LogOptions level, format, file;
  level.level = "loud";
  format.format = "xml";
  file.file = "/";
  for (const LogOptions& options : {level, format, file}) {
    const auto log = make_log(options);
    ASSERT_FALSE(log);
    EXPECT_EQ(log.error().code, Errc::Invalid);
  }
}

}  // namespace
}  // namespace g2afs
