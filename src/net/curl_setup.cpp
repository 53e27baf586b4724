// SPDX-License-Identifier: MIT
#include "curl_setup.hpp"

#include <stdexcept>
#include <string>

#include <fmt/format.h>

namespace g2afs {
namespace {

void add(CurlList& list, const std::string& line) {
  curl_slist* longer = curl_slist_append(list.get(), line.c_str());
  if (longer == nullptr) throw std::runtime_error("curl_slist_append: out of memory");
  list.release();
  list.reset(longer);
}

CurlList headers_of(const HttpRequest& request) {
  CurlList list(nullptr, &curl_slist_free_all);
  bool typed = false;
  for (const std::string& line : request.headers) {
    typed = typed || curl_strnequal(line.c_str(), "Content-Type:", 13) != 0;
    add(list, line);
  }
  if (request.method != Method::Get) {
    add(list, "Expect:");  // bodies are small: no round trip to ask whether they are welcome
    if (!typed) add(list, "Content-Type:");
  }
  if (request.purpose == Purpose::Media) {
    add(list, "Accept-Encoding: identity");
  } else if (!request.authorization.empty()) {
    add(list, "Authorization: " + request.authorization.reveal());
  }
  return list;
}

void set_method(CURL* easy, const HttpRequest& request) {
  if (request.method == Method::Get) return;
  set_option(easy, CURLOPT_POST, 1L);
  set_option(easy, CURLOPT_POSTFIELDS, request.body.c_str());
  set_option(easy, CURLOPT_POSTFIELDSIZE_LARGE, static_cast<curl_off_t>(request.body.size()));
  if (request.method == Method::Put) set_option(easy, CURLOPT_CUSTOMREQUEST, "PUT");
}

void set_security(CURL* easy, const CurlOptions& options) {
  set_option(easy, CURLOPT_PROTOCOLS_STR, "http,https");
  set_option(easy, CURLOPT_SSLVERSION, static_cast<long>(CURL_SSLVERSION_TLSv1_2));  // or newer
  set_option(easy, CURLOPT_PROXY_SSLVERSION, static_cast<long>(CURL_SSLVERSION_TLSv1_2));
  set_option(easy, CURLOPT_SSL_VERIFYPEER, 1L);
  set_option(easy, CURLOPT_SSL_VERIFYHOST, 2L);
  // One file of roots and no directory: curl keeps them parsed between connections only then.
  set_option(easy, CURLOPT_CAPATH, nullptr);
  set_option(easy, CURLOPT_PROXY_CAPATH, nullptr);
  if (options.ca_file.empty()) return;
  set_option(easy, CURLOPT_CAINFO, options.ca_file.c_str());
  set_option(easy, CURLOPT_PROXY_CAINFO, options.ca_file.c_str());
}

void set_purpose(CURL* easy, const CurlOptions& options, Purpose purpose) {
  if (purpose == Purpose::Media) {
    // Parallel ranges are there to use several connections, which HTTP/2 would make one again. Not for the small requests
    // that somebody waits for either, as measured with 7.88: of a stream that is paused, curl takes 30 MiB all the same,
    // beyond any memory_limit; one silent connection stalls all that share it; and once a connection of HTTP/1.1 to the
    // host is made, it opens new ones rather than share.
    set_option(easy, CURLOPT_HTTP_VERSION, static_cast<long>(CURL_HTTP_VERSION_1_1));
    set_option(easy, CURLOPT_BUFFERSIZE, static_cast<long>(options.receive_buffer));
    return;
  }
  set_option(easy, CURLOPT_ACCEPT_ENCODING, "");  // whatever curl can decode
  // The libraries of HTTP/2 and TLS do not wipe what they free, and keep what went over a connection as long as that lives.
  const bool token = purpose == Purpose::Token;
  set_option(easy, CURLOPT_HTTP_VERSION, static_cast<long>(token ? CURL_HTTP_VERSION_1_1 : CURL_HTTP_VERSION_2TLS));
  set_option(easy, CURLOPT_FORBID_REUSE, token ? 1L : 0L);
  set_option(easy, CURLOPT_FRESH_CONNECT, token ? 1L : 0L);
}

}  // namespace

CurlList set_up(CURL* easy, const CurlOptions& options, const HttpRequest& request, const Url& url,
                const Proxy& proxy) {
  set_option(easy, CURLOPT_NOSIGNAL, 1L);
  set_option(easy, CURLOPT_QUICK_EXIT, 1L);  // ending a transfer does not wait for a look-up that hangs
  set_option(easy, CURLOPT_TCP_KEEPALIVE, 1L);
  set_option(easy, CURLOPT_TCP_NODELAY, 1L);
  set_option(easy, CURLOPT_CONNECTTIMEOUT_MS, static_cast<long>(options.connect_timeout.count()));
  set_option(easy, CURLOPT_USERAGENT, options.user_agent.c_str());
  set_option(easy, CURLOPT_PROXY, proxy.text.c_str());  // empty: not the environment's either
  set_option(easy, CURLOPT_SUPPRESS_CONNECT_HEADERS, 1L);
  set_security(easy, options);
  set_purpose(easy, options, request.purpose);

  set_option(easy, CURLOPT_URL, url.text().c_str());
  set_option(easy, CURLOPT_PATH_AS_IS, 1L);  // a signed URL goes out as it came
  set_method(easy, request);
  if (request.range) {
    set_option(easy, CURLOPT_RANGE, fmt::format("{}-{}", request.range->begin, request.range->end - 1).c_str());
  }
  CurlList headers = headers_of(request);
  set_option(easy, CURLOPT_HTTPHEADER, headers.get());
  return headers;
}

}  // namespace g2afs
