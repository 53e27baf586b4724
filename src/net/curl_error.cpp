// SPDX-License-Identifier: MIT
#include "curl_error.hpp"

#include <chrono>
#include <system_error>

#include <fmt/format.h>

namespace g2afs {
namespace {

/// ": Connection refused", where the system said so.
std::string system_reason(CURL* easy) {
  long number = 0;
  if (curl_easy_getinfo(easy, CURLINFO_OS_ERRNO, &number) != CURLE_OK || number == 0) return {};
  return ": " + std::generic_category().message(static_cast<int>(number));
}

std::string describe(CURL* easy, CURLcode code, const CurlOptions& options) {
  switch (code) {
    case CURLE_COULDNT_RESOLVE_HOST: return "the host name cannot be resolved";
    case CURLE_COULDNT_RESOLVE_PROXY: return "the proxy's host name cannot be resolved";
    case CURLE_COULDNT_CONNECT: return "cannot connect" + system_reason(easy);
    case CURLE_OPERATION_TIMEDOUT:  // no other time limit is set
      return fmt::format("no connection within {:g} s", std::chrono::duration<double>(options.connect_timeout).count());
    case CURLE_GOT_NOTHING: return "the server closed the connection without an answer";
    case CURLE_PARTIAL_FILE: return "the body was cut short";
    case CURLE_SEND_ERROR: return "sending failed" + system_reason(easy);
    case CURLE_RECV_ERROR: return "the connection broke" + system_reason(easy);
    case CURLE_PEER_FAILED_VERIFICATION: return "the server's TLS certificate is not trusted";
    case CURLE_SSL_CACERT_BADFILE: return "the TLS roots (ca_file) cannot be read";
    case CURLE_SSL_CONNECT_ERROR: return "the TLS handshake failed";
    case CURLE_WEIRD_SERVER_REPLY:
    case CURLE_UNSUPPORTED_PROTOCOL:  // older than HTTP/1.0; the URL's scheme was checked before
      return "the answer is not HTTP";
    default: return curl_easy_strerror(code);
  }
}

}  // namespace

Error refused_address(const Url& url, std::string_view address) {
  return {Errc::Invalid, fmt::format("{}: a connection to the local address {} is refused", url.redacted(), address)};
}

bool of_handshake(CURLcode code) {
  switch (code) {
    case CURLE_SSL_CONNECT_ERROR:
    case CURLE_PEER_FAILED_VERIFICATION:
    case CURLE_SSL_CERTPROBLEM:
    case CURLE_SSL_CIPHER:
    case CURLE_SSL_ISSUER_ERROR:
    case CURLE_SSL_CACERT_BADFILE: return true;
    default: return false;
  }
}

Error transfer_error(CURL* easy, CURLcode code, const CurlOptions& options, const Url& url) {
  return {Errc::Unavailable, fmt::format("{}: {}", url.redacted(), describe(easy, code, options))};
}

}  // namespace g2afs
