// SPDX-License-Identifier: MIT
#include "g2afs/fuse/library_log.hpp"

#include <cstdio>
#include <sstream>

#include <gtest/gtest.h>
#include <spdlog/sinks/ostream_sink.h>

#include "g2afs/fuse/lowlevel.hpp"

namespace g2afs {
namespace {

struct Recorded {
  std::ostringstream lines;
  Log log{"test", std::make_shared<spdlog::sinks::ostream_sink_mt>(lines)};
  Recorded() { log.set_pattern("%l %v"); }
};

TEST(LibraryLog, LinesGoToTheLog) {
  Recorded recorded;
  const LibraryLog library(recorded.log);
  ::fuse_log(FUSE_LOG_ERR, "fuse: bad error value: %i\n", 7);
  EXPECT_EQ(recorded.lines.str(), "warning fuse: bad error value: 7\n");
}

TEST(LibraryLog, ErrorsOfACallAreReturnedAndNotLogged) {
  Recorded recorded;
  LibraryLog library(recorded.log);
  const auto said = library.errors_of([] {
    ::fuse_log(FUSE_LOG_ERR, "fuse: mount failed: %s\n", "Device or resource busy");
    std::fputs("fusermount3: mountpoint is not empty\n", stderr);
  });
  EXPECT_EQ(said, "mount failed: Device or resource busy; mountpoint is not empty");
  EXPECT_EQ(recorded.lines.str(), "");
}

TEST(LibraryLog, StderrIsBackAfterwards) {
  Recorded recorded;
  LibraryLog library(recorded.log);
  testing::internal::CaptureStderr();
  EXPECT_EQ(library.errors_of([] {}), "");
  std::fputs("seen\n", stderr);
  EXPECT_EQ(testing::internal::GetCapturedStderr(), "seen\n");
}

TEST(LibraryLog, NothingIsWrittenToALogThatIsGone) {
  Recorded recorded;
  { const LibraryLog library(recorded.log); }
  ::fuse_log(FUSE_LOG_ERR, "late\n");
  EXPECT_EQ(recorded.lines.str(), "");
}

}  // namespace
}  // namespace g2afs
