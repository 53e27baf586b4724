// SPDX-License-Identifier: MIT
// One login: from the page where somebody agrees to the tokens in their file. Loop thread only.
//
// The answer comes by the browser, to a listener on this machine, or as a line that somebody pastes. Nothing is stored
// before the server has granted tokens, and then the token file first: a refresh token that is lost means another login.
#pragma once

#include <chrono>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "g2afs/api/authorization.hpp"
#include "g2afs/app/config.hpp"
#include "g2afs/app/redirect_listener.hpp"
#include "g2afs/net/clock.hpp"
#include "g2afs/net/loop.hpp"
#include "g2afs/net/transport.hpp"

namespace g2afs {

/// Of the redirect URI, which has to be registered with the OAuth client. Below the ports that systems give away.
inline constexpr std::uint16_t kLoginPort = 18446;
std::string login_redirect_uri(std::uint16_t port);

class Login {
 public:
  /// Codes live ten minutes (RFC 6749, 4.1.2); somebody who has to find a password takes a while.
  static constexpr std::chrono::minutes kPatience{10};

  Login(Loop& loop, Clock& clock, Transport& transport, const Config& config, std::uint16_t port);

  /// The page where somebody agrees.
  Result<Url> page() const;

  /// Before the page is opened, where the browser is to bring the answer. Unavailable: the port is taken.
  Result<void> listen();
  /// The code that the browser brings; errors as read_authorization_answer() has them, or Unavailable after kPatience. What
  /// answers another login changes nothing.
  Task<Result<Secret>> answer();

  /// The code in a line that was pasted: the URL that the browser was sent to, whose state is checked, or the code alone.
  Result<Secret> pasted(std::string_view line) const;

  /// From the code to stored tokens. What there is to say of it, a line each.
  Task<Result<std::vector<std::string>>> finish(Secret code);

 private:
  RedirectListener::Page on_query(std::string_view query);
  std::vector<std::string> fill_in_account(const wire::TokenAnswer& answer) const;

  Loop& loop_;
  Clock& clock_;
  Transport& transport_;
  const Config& config_;
  const std::uint16_t port_;
  const Authorization authorization_;
  RedirectListener listener_;
  std::optional<Result<Secret>> answer_;
};

}  // namespace g2afs
