// SPDX-License-Identifier: MIT
// What users wrote, made fit to be shown within a one-line error. Any thread; pure.
#pragma once

#include <string>
#include <string_view>

namespace g2afs {

/// The text with `?` for control characters, and cut short where it is long.
std::string one_line(std::string_view text);

}  // namespace g2afs
