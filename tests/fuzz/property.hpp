// SPDX-License-Identifier: MIT
// What a fuzz target holds to be true of every input: where it is not, the process aborts, which libFuzzer reports with
// the input.
#pragma once

#include <cstdio>
#include <cstdlib>

// A macro for the text of the condition.
#define G2AFS_PROPERTY(...)                                                                 \
  do {                                                                                      \
    if (!(__VA_ARGS__)) {                                                                   \
      std::fprintf(stderr, "%s:%d: does not hold: %s\n", __FILE__, __LINE__, #__VA_ARGS__); \
      std::abort();                                                                         \
    }                                                                                       \
  } while (false)
