// SPDX-License-Identifier: MIT
// Why a transfer failed, in one line that holds no part of the URL but its origin. Loop thread only.
#pragma once

#include <string_view>

#include <curl/curl.h>

#include "g2afs/base/error.hpp"
#include "g2afs/net/curl_transport.hpp"

namespace g2afs {

/// `code` as Unavailable; `easy` is the handle that had it. Not by curl's error buffer, which quotes URLs.
Error transfer_error(CURL* easy, CURLcode code, const CurlOptions& options, const Url& url);

/// The URL leads to an address of this machine, and must not.
Error refused_address(const Url& url, std::string_view address);

/// Whether that is what a TLS handshake fails with: the connection was made.
bool of_handshake(CURLcode code);

}  // namespace g2afs
