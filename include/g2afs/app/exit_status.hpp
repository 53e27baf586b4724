// SPDX-License-Identifier: MIT
// The exit statuses of SPEC.md, "Commands".
#pragma once

namespace g2afs {

inline constexpr int kFine = 0;
inline constexpr int kFailed = 1;
inline constexpr int kUsage = 2;
inline constexpr int kRefused = 3;

}  // namespace g2afs
