// SPDX-License-Identifier: MIT
// "Did you mean…": the known name nearest to a mistyped one. Any thread; pure.
#pragma once

#include <span>
#include <string>
#include <string_view>

namespace g2afs {

/// `; did you mean dir_ttl?`, or nothing where no name is near (an edit distance of two, and less than half
/// the word).
std::string did_you_mean(std::string_view word, std::span<const std::string_view> names);

}  // namespace g2afs
