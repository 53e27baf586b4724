// SPDX-License-Identifier: MIT
// The only table from Errc to errno (SPEC.md, "Errors"). Any thread; pure.
#pragma once

#include "g2afs/base/error.hpp"

namespace g2afs {

/// Positive, as fuse_reply_err takes it.
int to_errno(Errc code);

}  // namespace g2afs
