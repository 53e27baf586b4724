// SPDX-License-Identifier: MIT
#include "proxy.hpp"

#include <cstdlib>
#include <initializer_list>
#include <memory>

#include <curl/curl.h>

#include "g2afs/base/ids.hpp"

namespace g2afs {
namespace {

std::string first_set(std::initializer_list<const char*> names) {
  for (const char* name : names) {
    if (const char* value = std::getenv(name); value != nullptr && *value != '\0') return value;
  }
  return {};
}

std::string from_environment(const Url& url) {
  if (url.loopback()) return {};
  // HTTP_PROXY in capitals is not among them: in CGI programs it is a header of the client's.
  return url.secure() ? first_set({"https_proxy", "HTTPS_PROXY", "all_proxy", "ALL_PROXY"})
                      : first_set({"http_proxy", "all_proxy", "ALL_PROXY"});
}

std::uint16_t port_of(const std::string& proxy) {
  constexpr std::uint16_t kDefaultPort = 1080;  // curl's, for every kind but https
  const std::unique_ptr<CURLU, decltype(&curl_url_cleanup)> url(curl_url(), &curl_url_cleanup);
  const std::string text = proxy.find("://") == std::string::npos ? "http://" + proxy : proxy;
  char* port = nullptr;
  if (curl_url_set(url.get(), CURLUPART_URL, text.c_str(), CURLU_NON_SUPPORT_SCHEME) != CURLUE_OK) return 0;
  const bool https = text.starts_with("https:");
  if (curl_url_get(url.get(), CURLUPART_PORT, &port, 0) != CURLUE_OK) return https ? 443 : kDefaultPort;
  const std::unique_ptr<char, decltype(&curl_free)> owned(port, &curl_free);
  return static_cast<std::uint16_t>(parse_decimal(port).value_or(0));
}

}  // namespace

Proxy proxy_for(const Url& url, const std::string& configured) {
  Proxy proxy{configured.empty() ? from_environment(url) : configured};
  if (!proxy.text.empty()) proxy.port = port_of(proxy.text);
  return proxy;
}

}  // namespace g2afs
