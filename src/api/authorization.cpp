// SPDX-License-Identifier: MIT
#include "g2afs/api/authorization.hpp"

#include <algorithm>
#include <array>
#include <map>
#include <openssl/evp.h>
#include <openssl/rand.h>
#include <optional>
#include <stdexcept>

#include <fmt/format.h>

#include "base64.hpp"

namespace g2afs {
namespace {

std::string random_word() {
  std::array<unsigned char, 32> bytes{};
  if (RAND_bytes(bytes.data(), static_cast<int>(bytes.size())) != 1) {
    throw std::runtime_error("the system has no random numbers");
  }
  return base64url({reinterpret_cast<const char*>(bytes.data()), bytes.size()});
}

std::optional<int> hex_digit(char c) {
  if (c >= '0' && c <= '9') return c - '0';
  if (c >= 'a' && c <= 'f') return c - 'a' + 10;
  if (c >= 'A' && c <= 'F') return c - 'A' + 10;
  return std::nullopt;
}

/// A name or value of a form; nothing where an escape is malformed.
std::optional<std::string> form_decode(std::string_view text) {
  std::string decoded;
  for (std::size_t at = 0; at < text.size(); ++at) {
    if (text[at] != '%') {
      decoded += text[at] == '+' ? ' ' : text[at];
      continue;
    }
    const auto high = at + 2 < text.size() ? hex_digit(text[at + 1]) : std::nullopt;
    const auto low = at + 2 < text.size() ? hex_digit(text[at + 2]) : std::nullopt;
    if (!high || !low) return std::nullopt;
    decoded += static_cast<char>(*high * 16 + *low);
    at += 2;
  }
  return decoded;
}

using Form = std::map<std::string, std::string, std::less<>>;

/// Nothing for what is no form, or has a parameter twice (RFC 6749, 3.1).
std::optional<Form> parse_form(std::string_view text) {
  Form form;
  while (!text.empty()) {
    const std::string_view pair = text.substr(0, text.find('&'));
    text.remove_prefix(std::min(text.size(), pair.size() + 1));
    if (pair.empty()) continue;
    const auto equals = pair.find('=');
    auto name = form_decode(pair.substr(0, equals));
    auto value = equals == std::string_view::npos ? std::string() : form_decode(pair.substr(equals + 1));
    if (!name || !value || !form.emplace(std::move(*name), std::move(*value)).second) return std::nullopt;
  }
  return form;
}

std::string member(const Form& form, std::string_view name) {
  const auto at = form.find(name);
  return at == form.end() ? std::string() : at->second;
}

/// The server's own words, which are ASCII (RFC 6749, 4.1.2.1), fit for a line.
std::string words(std::string_view text) {
  constexpr std::size_t kLongest = 120;
  std::string line(text.substr(0, kLongest));
  std::replace_if(
      line.begin(), line.end(), [](char c) { return c < 0x20 || c > 0x7e; }, '?');
  return text.size() > kLongest ? line + "..." : line;
}

Error refusal(const Form& answer) {
  const std::string error = member(answer, "error");
  std::string said = words(error);
  if (const auto description = member(answer, "error_description"); !description.empty()) {
    said += ": " + words(description);
  }
  if (error == "access_denied") return {Errc::Denied, fmt::format("the authorization was denied ({})", said)};
  if (error == "unauthorized_client") {
    return {Errc::Denied, fmt::format("the server does not let this client_id ask ({})", said)};
  }
  const bool passing = error == "server_error" || error == "temporarily_unavailable";
  return {passing ? Errc::Unavailable : Errc::Invalid, fmt::format("the server did not authorize it ({})", said)};
}

}  // namespace

Authorization Authorization::begin(std::string redirect_uri) {
  return {std::move(redirect_uri), random_word(), Secret(random_word())};
}

std::string code_challenge(const Secret& verifier) {
  const std::string& text = verifier.reveal();
  std::array<unsigned char, EVP_MAX_MD_SIZE> digest{};
  unsigned size = 0;
  if (EVP_Digest(text.data(), text.size(), digest.data(), &size, EVP_sha256(), nullptr) != 1) {
    throw std::runtime_error("OpenSSL has no SHA-256");
  }
  return base64url({reinterpret_cast<const char*>(digest.data()), size});
}

Result<Url> authorization_url(const Url& authorize_url, std::string_view client_id,
                              const Authorization& authorization) {
  const std::string& base = authorize_url.text();
  const char* separator = base.find('?') == std::string::npos ? "?" : base.ends_with('?') ? "" : "&";
  return Url::parse(
      fmt::format("{}{}response_type=code&client_id={}&redirect_uri={}&state={}&code_challenge={}"
                  "&code_challenge_method=S256",
                  base, separator, wire::percent_encode(client_id), wire::percent_encode(authorization.redirect_uri),
                  wire::percent_encode(authorization.state), code_challenge(authorization.verifier)));
}

bool answers(std::string_view query, const Authorization& authorization) {
  const auto answer = parse_form(query);
  return answer && member(*answer, "state") == authorization.state;
}

Result<Secret> read_authorization_answer(std::string_view query, const Authorization& authorization) {
  const auto answer = parse_form(query);
  const bool has_code = answer && !member(*answer, "code").empty();
  const bool has_error = answer && !member(*answer, "error").empty();
  if (has_code == has_error) return fail(Errc::NotFound, "that is no answer of an authorization server");
  if (!answers(query, authorization)) {
    return fail(Errc::Invalid, "the answer has the wrong state: it belongs to another login");
  }
  if (has_error) return fail(refusal(*answer));
  return Secret(member(*answer, "code"));
}

}  // namespace g2afs
