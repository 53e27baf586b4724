// SPDX-License-Identifier: MIT
// docs/RELIABILITY.md, made from the matrix. Any thread: pure.
#pragma once

#include <string>

namespace g2afs::test {

std::string reliability_document();

}  // namespace g2afs::test
