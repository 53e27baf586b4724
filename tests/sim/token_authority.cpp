// SPDX-License-Identifier: MIT
#include "sim/token_authority.hpp"

#include <openssl/evp.h>
#include <random>

#include <fmt/format.h>

#include "sim/random.hpp"

namespace g2a_sim {
namespace {

constexpr std::int64_t kCodeTtlMs = 600'000;  // RFC 6749 4.1.2 recommends ten minutes at most

// RFC 7636 4.2: BASE64URL-ENCODE(SHA256(verifier)), without padding.
std::string challenge_of(const std::string& verifier) {
  unsigned char digest[EVP_MAX_MD_SIZE];
  unsigned size = 0;
  EVP_Digest(verifier.data(), verifier.size(), digest, &size, EVP_sha256(), nullptr);
  unsigned char text[2 * EVP_MAX_MD_SIZE];
  std::string challenge(reinterpret_cast<char*>(text),
                        static_cast<std::size_t>(EVP_EncodeBlock(text, digest, static_cast<int>(size))));
  for (char& c : challenge) c = c == '+' ? '-' : c == '/' ? '_' : c;
  challenge.erase(challenge.find_last_not_of('=') + 1);
  return challenge;
}

}  // namespace

TokenAuthority::TokenAuthority(const SimOptions& options, const SimClock& clock) : options_(options), clock_(clock) {
  // Not from the seed: a token of an earlier run must not open this one.
  std::random_device random;
  key_ = hash_of(random(), random());
  restore();
}

bool TokenAuthority::accepts_access(const std::string& token) const {
  const std::lock_guard lock(mutex_);
  if (!options_.access_token.empty() && token == options_.access_token) return fixed_alive_;
  const auto it = access_.find(token);
  return it != access_.end() && clock_.now_ms() < it->second;
}

std::string TokenAuthority::issue_code(const std::string& redirect_uri, const std::string& challenge) {
  const std::lock_guard lock(mutex_);
  std::string code = random_token("code-");
  codes_[code] = {redirect_uri, challenge, clock_.now_ms() + kCodeTtlMs};
  return code;
}

std::optional<TokenAuthority::Grant> TokenAuthority::redeem_code(const std::string& code,
                                                                 const std::string& redirect_uri,
                                                                 const std::string& verifier) {
  const std::lock_guard lock(mutex_);
  const auto node = codes_.extract(code);
  if (node.empty() || node.mapped().redirect_uri != redirect_uri) return std::nullopt;
  if (clock_.now_ms() >= node.mapped().expires_ms) return std::nullopt;
  const std::string& challenge = node.mapped().challenge;
  if (!challenge.empty() && challenge_of(verifier) != challenge) return std::nullopt;
  return grant(true);
}

std::optional<TokenAuthority::Grant> TokenAuthority::refresh(const std::string& refresh_token) {
  const std::lock_guard lock(mutex_);
  const auto it = refresh_.find(refresh_token);
  if (it == refresh_.end() || clock_.now_ms() >= it->second) return std::nullopt;
  if (options_.rotate_refresh) refresh_.erase(it);
  return grant(options_.rotate_refresh);
}

void TokenAuthority::expire_access() {
  const std::lock_guard lock(mutex_);
  access_.clear();
  fixed_alive_ = false;
}

void TokenAuthority::revoke() {
  const std::lock_guard lock(mutex_);
  access_.clear();
  refresh_.clear();
  codes_.clear();
  fixed_alive_ = false;
}

void TokenAuthority::restore() {
  const std::lock_guard lock(mutex_);
  fixed_alive_ = true;
  if (!options_.refresh_token.empty()) {
    refresh_[options_.refresh_token] = clock_.now_ms() + options_.refresh_ttl_seconds * 1000;
  }
}

std::string TokenAuthority::random_token(const char* prefix) {
  const std::uint64_t n = ++counter_;
  return fmt::format("{}{:016x}{:016x}", prefix, hash_of(key_, n, 1), hash_of(key_, n, 2));
}

TokenAuthority::Grant TokenAuthority::grant(bool with_refresh) {
  const std::int64_t now = clock_.now_ms();
  std::erase_if(access_, [&](const auto& entry) { return entry.second <= now; });
  Grant granted;
  granted.access_token = random_token("access-");
  access_[granted.access_token] = now + options_.token_ttl_seconds * 1000;
  if (with_refresh) {
    granted.refresh_token = random_token("refresh-");
    refresh_[*granted.refresh_token] = now + options_.refresh_ttl_seconds * 1000;
  }
  return granted;
}

}  // namespace g2a_sim
