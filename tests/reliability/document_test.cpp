// SPDX-License-Identifier: MIT
#include "document.hpp"

#include <cstdlib>
#include <fstream>

#include <gtest/gtest.h>

#include "fakes/temporary_directory.hpp"

namespace g2afs::test {
namespace {

TEST(ReliabilityDocument, SaysWhatTheMatrixChecks) {
  const char* const file = G2AFS_RELIABILITY_DOCUMENT;
  if (std::getenv("G2AFS_WRITE_RELIABILITY") != nullptr)
    std::ofstream(file, std::ios::binary) << reliability_document();
  // Not EXPECT_EQ: that shows all of both.
  EXPECT_TRUE(read_file(file) == reliability_document())
      << file << " is not what the matrix says; G2AFS_WRITE_RELIABILITY=1 and this test write it anew";
}

}  // namespace
}  // namespace g2afs::test
