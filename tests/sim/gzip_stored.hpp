// SPDX-License-Identifier: MIT
// A valid gzip stream without compression ("stored" blocks): all a test of unwanted encodings needs, and no
// dependency. Any thread: pure function.
#pragma once

#include <string>
#include <string_view>

namespace g2a_sim {

std::string gzip_stored(std::string_view bytes);

}  // namespace g2a_sim
