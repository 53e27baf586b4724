// SPDX-License-Identifier: MIT
// Access tokens: a fixed one, or OAuth refresh with the refresh token in a file. Loop thread only.
//
// A refresh is single-flight: a thousand calls that meet an expired token cause one request to token_url. A
// new refresh token is stored (0600, written aside, fsynced and renamed) before the access token that came
// with it is used, since the old one is dead by then (API.md, "Authorization"). Where it cannot be stored it
// serves from memory, and the next refresh stores again: the session is never given up.
//
// Several mounts may share a token file. Before each refresh it is read again, and what another process or the
// user put there wins over what is in memory: no refresh token is sent that is known to be used up. One that the
// server called dead is not sent again until the file changes, or reload().
#pragma once

#include <chrono>
#include <filesystem>
#include <optional>
#include <string>

#include "g2afs/base/error.hpp"
#include "g2afs/base/log.hpp"
#include "g2afs/base/metrics.hpp"
#include "g2afs/base/secret.hpp"
#include "g2afs/net/concurrency.hpp"
#include "g2afs/net/retry.hpp"
#include "g2afs/net/transport.hpp"

namespace g2afs {

/// The token file's content: {"refresh_token":…,"access_token":…,"expires_at":<unix seconds>}; the last two
/// are optional. Unknown members are kept when it is rewritten.
struct StoredTokens {
  Secret refresh_token;
  Secret access_token;
  std::optional<std::chrono::sys_seconds> expires_at;
  bool operator==(const StoredTokens&) const = default;
};
/// NotFound if there is no file; Denied, with the chmod that mends it, if others can read it; Invalid if
/// malformed; Unavailable if reading fails.
Result<StoredTokens> read_token_file(const std::filesystem::path& file);
/// Makes the directory (0700) where it is missing. Unavailable if it cannot be written.
Result<void> write_token_file(const std::filesystem::path& file, const StoredTokens& tokens);

struct TokenOptions {
  Secret fixed;  // not empty: OAuth is not used
  Url token_url;
  std::string client_id;
  Secret client_secret;
  std::filesystem::path token_file;
};

namespace wire {
struct TokenAnswer;
}

class TokenSource {
 public:
  TokenSource(Loop& loop, Transport& transport, Clock& clock, Metrics& metrics, Log& log, TokenOptions options,
              RetryPolicy retry);

  /// A token to use now, refreshed a minute ahead of its end (a tenth of a life below ten minutes). Until
  /// then the old one is good, so that refresh is not waited for. Denied: the server refused the refresh
  /// token or client, or there is none; Unavailable, Throttled: it could not be asked within retry_for;
  /// Invalid: token_url is one that must not be asked.
  Task<Result<Secret>> get();

  /// As get(), but a server that cannot be asked is not asked again: for the check before mounting.
  Task<Result<Secret>> get_once();

  /// The API refused this token: the next get() brings another one. False if it is fixed: there is no other.
  bool reject(const Secret& token);

  /// This one, which get() returned, has ended since, or was refused to another caller: get() brings another one.
  bool ended(const Secret& token) const;

  /// When the token in hand ends, by the wall clock; nothing for a fixed one or none.
  std::optional<Time> expires_at() const;
  /// There is no other token than that of the configuration.
  bool fixed() const { return !options_.fixed.empty(); }

  /// SIGHUP: these options from now on. The token file is read again at the next get(), and what it holds is sent even
  /// if it was refused before.
  void reload(TokenOptions options);

 private:
  struct Reply;
  struct Dead {
    Secret refresh_token;
    Error error;
  };
  Task<Result<Secret>> get_with(bool patient);
  Task<Result<Secret>> refresh(RetryPolicy policy);
  Task<Reply> ask(const Secret& refresh_token);
  Reply judge(const Result<ResponseHead>& head, const std::string& body) const;
  Secret take(const wire::TokenAnswer& answer);
  void store(const wire::TokenAnswer& answer);
  Result<void> read_file();
  void use(const Secret& access_token, std::chrono::seconds life);
  void show_expiry();
  bool alive() const;
  bool due() const;

  Transport& transport_;
  Clock& clock_;
  Metrics& metrics_;
  Log& log_;
  TokenOptions options_;
  const RetryPolicy retry_;
  SingleFlight<bool, Result<Secret>> refreshing_;  // true: one that is tried again; never two at a time
  Secret current_;                                 // the access token in hand; empty: none
  MonotonicTime due_;                              // when it is to be refreshed
  MonotonicTime ends_;
  Secret refresh_token_;
  std::optional<Dead> dead_;
  StoredTokens on_disk_;    // what the file held when last read or written
  bool read_ahead_ = true;  // the file is to be looked at although the token in hand is alive
};

}  // namespace g2afs
