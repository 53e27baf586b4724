// SPDX-License-Identifier: MIT
// What a system call on a path said, as an Error. For the commands that work on a running mount. Any thread.
#pragma once

#include <string_view>

#include "g2afs/base/error.hpp"

namespace g2afs {

/// `<what>: <the words for errno>`. The code is that of the SPEC.md row ("Errors") which makes a mount answer so, read
/// backwards; Internal for an errno that a mount does not give.
tl::unexpected<Error> system_failure(int error, std::string_view what);

}  // namespace g2afs
