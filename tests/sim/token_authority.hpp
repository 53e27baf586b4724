// SPDX-License-Identifier: MIT
// Who may call: the fixed access token, the OAuth access and refresh tokens and the authorization codes that
// are alive. Any thread: one mutex.
#pragma once

#include <cstdint>
#include <map>
#include <mutex>
#include <optional>
#include <string>

#include "sim/sim_clock.hpp"
#include "sim/sim_options.hpp"

namespace g2a_sim {

class TokenAuthority {
 public:
  TokenAuthority(const SimOptions& options, const SimClock& clock);

  struct Grant {
    std::string access_token;
    std::optional<std::string> refresh_token;  // a new one
  };

  bool accepts_access(const std::string& token) const;
  // `challenge`: of RFC 7636, by S256; empty: none.
  std::string issue_code(const std::string& redirect_uri, const std::string& challenge);
  // Codes serve once, within ten minutes, for the redirect_uri they were given to and, where there was a challenge, with
  // its verifier. Nothing: invalid_grant.
  std::optional<Grant> redeem_code(const std::string& code, const std::string& redirect_uri,
                                   const std::string& verifier);
  std::optional<Grant> refresh(const std::string& refresh_token);

  void expire_access();  // access tokens are dead, refresh tokens serve
  void revoke();         // all tokens are dead, the fixed one too
  void restore();        // the fixed token and the first refresh token are alive again

 private:
  struct Code {
    std::string redirect_uri;
    std::string challenge;
    std::int64_t expires_ms;
  };

  std::string random_token(const char* prefix);
  Grant grant(bool with_refresh);

  const SimOptions& options_;
  const SimClock& clock_;
  mutable std::mutex mutex_;
  std::uint64_t key_;
  std::uint64_t counter_ = 0;
  bool fixed_alive_ = true;
  std::map<std::string, std::int64_t> access_;   // token -> expiry
  std::map<std::string, std::int64_t> refresh_;  // token -> expiry
  std::map<std::string, Code> codes_;
};

}  // namespace g2a_sim
