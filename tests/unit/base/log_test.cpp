// SPDX-License-Identifier: MIT
#include "g2afs/base/log.hpp"

#include <gtest/gtest.h>

#include "fakes/temporary_directory.hpp"

namespace g2afs {
namespace {

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

TEST(Log, JsonLinesAreEscaped) {
  const test::TemporaryDirectory directory;
  LogOptions options;
  options.file = directory.path() / "log";
  options.format = "json";
  make_log(options).value()->warn("a \"quoted\" word, a \\ and\na new line");
  EXPECT_NE(test::read_file(options.file)
                .find(R"("level":"warning","message":"a \"quoted\" word, a \\ and\u000aa new line"})"),
            std::string::npos)
      << test::read_file(options.file);
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
