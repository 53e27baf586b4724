// SPDX-License-Identifier: MIT
// The desktop's browser. Main thread.
#pragma once

#include <string>

namespace g2afs {

/// Has xdg-open show the page, and does not wait for it. False where there is no display or no xdg-open; whether it finds
/// a browser is not known.
bool open_in_browser(const std::string& url);

}  // namespace g2afs
