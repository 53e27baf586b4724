// SPDX-License-Identifier: MIT
// What a request asks of curl: the options of an easy handle, but for the callbacks. Loop thread only.
#pragma once

#include <memory>
#include <stdexcept>
#include <string>

#include <curl/curl.h>

#include "proxy.hpp"

#include "g2afs/net/curl_transport.hpp"

namespace g2afs {

using CurlList = std::unique_ptr<curl_slist, decltype(&curl_slist_free_all)>;

/// Sets one option. Throws std::runtime_error where libcurl does not take it (too old, out of memory).
template <class Value>
void set_option(CURL* easy, CURLoption option, Value value) {
  if (const CURLcode code = curl_easy_setopt(easy, option, value); code != CURLE_OK) {
    throw std::runtime_error(std::string("curl_easy_setopt: ") + curl_easy_strerror(code));
  }
}

/// Prepares `easy` to send `request` to `url` (which is not request.url after a redirect) through `proxy`.
/// The request and the list returned must live until the transfer has ended.
CurlList set_up(CURL* easy, const CurlOptions& options, const HttpRequest& request, const Url& url, const Proxy& proxy);

}  // namespace g2afs
