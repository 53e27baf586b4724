// SPDX-License-Identifier: MIT
// Which proxy a request goes through. Loop thread only (it reads the environment).
#pragma once

#include <cstdint>
#include <string>

#include "g2afs/net/url.hpp"

namespace g2afs {

struct Proxy {
  std::string text;        // as curl takes it; empty: none
  std::uint16_t port = 0;  // where it listens
};

/// `configured` where it is not empty, else the environment's for the scheme of `url`, by the variables curl
/// knows (curl itself obeys no_proxy then). Loopback is never asked for through the environment's.
Proxy proxy_for(const Url& url, const std::string& configured);

}  // namespace g2afs
