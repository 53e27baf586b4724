// SPDX-License-Identifier: MIT
#include "g2afs/net/url.hpp"

#include <algorithm>
#include <arpa/inet.h>
#include <memory>

#include <curl/curl.h>
#include <fmt/format.h>

#include "g2afs/base/ids.hpp"

namespace g2afs {
namespace {

/// Far more than a server takes in a request line; an answer of one URL must not fill the memory with its copies.
constexpr std::size_t kLongest = 64 << 10;

using CurlUrl = std::unique_ptr<CURLU, decltype(&curl_url_cleanup)>;

std::string part_of(const CurlUrl& url, CURLUPart part, unsigned flags = 0) {
  char* text = nullptr;
  if (curl_url_get(url.get(), part, &text, flags) != CURLUE_OK) return {};
  const std::unique_ptr<char, decltype(&curl_free)> owned(text, &curl_free);
  return text;
}

/// RFC 3986 has no blanks, controls or bytes above ASCII; a backslash is where parsers disagree about the
/// host.
bool in_url(char c) { return c > ' ' && c < '\x7f' && c != '\\'; }

/// What curl leaves of a host after decoding it: a name or an address, fit for a log line.
bool in_host(char c) {
  return (c >= 'a' && c <= 'z') || (c >= '0' && c <= '9') || c == '-' || c == '.' || c == '_' || c == ':';
}

std::string lower(std::string text) {
  for (char& c : text) {
    if (c >= 'A' && c <= 'Z') c = static_cast<char>(c - 'A' + 'a');
  }
  return text;
}

/// What is between the slashes and the path.
std::string_view authority_of(std::string_view text) {
  text.remove_prefix(text.find("//") + 2);
  return text.substr(0, text.find_first_of("/?#"));
}

/// `http://` and `https://` followed by something, which curl's parser would also take with one or three
/// slashes.
bool begins_absolute(std::string_view text) {
  const auto colon = text.find(':');
  if (colon == std::string_view::npos) return false;
  const std::string scheme = lower(std::string(text.substr(0, colon)));
  const auto rest = text.substr(colon + 1);
  return (scheme == "http" || scheme == "https") && rest.size() > 2 && rest.substr(0, 2) == "//" && rest[2] != '/';
}

}  // namespace

Result<Url> Url::parse(std::string_view text) {
  // None of these lines quotes the text: it may be a secret.
  if (!std::all_of(text.begin(), text.end(), in_url)) {
    return fail(Errc::Invalid, "a URL with a character that URLs do not have");
  }
  if (text.size() > kLongest) return fail(Errc::Invalid, "a URL that is too long");
  if (!begins_absolute(text)) return fail(Errc::Invalid, "not an absolute http or https URL");

  Url url;
  url.text_ = text.substr(0, text.find('#'));  // a fragment never goes over the wire
  const CurlUrl parsed(curl_url(), &curl_url_cleanup);
  const auto code =
      curl_url_set(parsed.get(), CURLUPART_URL, url.text_.c_str(), CURLU_DISALLOW_USER | CURLU_PATH_AS_IS);
  if (code == CURLUE_USER_NOT_ALLOWED) return fail(Errc::Invalid, "a URL with a user or password");
  if (code != CURLUE_OK) return fail(Errc::Invalid, fmt::format("not a URL: {}", curl_url_strerror(code)));

  url.scheme_ = lower(part_of(parsed, CURLUPART_SCHEME));
  url.host_ = lower(part_of(parsed, CURLUPART_HOST));
  url.path_ = part_of(parsed, CURLUPART_PATH);
  if (url.host_.starts_with('[') && url.host_.ends_with(']')) url.host_ = url.host_.substr(1, url.host_.size() - 2);
  // curl decodes %XX only once it has looked whether the host is an address: of one behind that only the resolver knows.
  const bool encoded = authority_of(url.text_).find('%') != std::string_view::npos;
  if (encoded || url.host_.empty() || !std::all_of(url.host_.begin(), url.host_.end(), in_host)) {
    return fail(Errc::Invalid, "a URL without a usable host");
  }
  const auto port = parse_decimal(part_of(parsed, CURLUPART_PORT, CURLU_DEFAULT_PORT));
  if (!port || *port == 0 || *port > 65'535) return fail(Errc::Invalid, "a URL without a usable port");
  url.port_ = static_cast<std::uint16_t>(*port);
  return url;
}

bool Url::loopback() const {
  if (host_ == "localhost" || host_ == "::1") return true;
  // curl has brought every way to write an IPv4 address to four decimals.
  in_addr address{};
  return inet_pton(AF_INET, host_.c_str(), &address) == 1 && ntohl(address.s_addr) >> 24 == 127;
}

std::string Url::origin() const {
  const bool ipv6 = host_.find(':') != std::string::npos;
  return fmt::format("{}://{}{}{}:{}", scheme_, ipv6 ? "[" : "", host_, ipv6 ? "]" : "", port_);
}

std::string Url::redacted() const { return origin() + "/…"; }

}  // namespace g2afs
