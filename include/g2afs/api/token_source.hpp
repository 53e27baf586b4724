// SPDX-License-Identifier: MIT
// Access tokens: a fixed one, or OAuth refresh with the refresh token in a file. Loop thread only.
//
// A refresh is single-flight: a thousand calls that meet an expired token cause one request to token_url. A new refresh
// token is stored (0600, written aside, fsynced and renamed) before the access token that came with it is used, since
// the old one is dead by then (API.md, "Authorization").
#pragma once

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

/// The token file's content: {"refresh_token":…,"access_token":…,"expires_at":<unix seconds>}; the last two are
/// optional. Unknown members are kept when it is rewritten.
struct StoredTokens {
  Secret refresh_token;
  Secret access_token;
  std::optional<std::chrono::sys_seconds> expires_at;
};
/// NotFound if there is no file; Denied, with the chmod that mends it, if others can read it; Invalid if malformed.
Result<StoredTokens> read_token_file(const std::filesystem::path& file);
Result<void> write_token_file(const std::filesystem::path& file, const StoredTokens& tokens);

struct TokenOptions {
  Secret fixed;  // not empty: OAuth is not used
  Url token_url;
  std::string client_id;
  Secret client_secret;
  std::filesystem::path token_file;
};

class TokenSource {
 public:
  TokenSource(Loop& loop, Transport& transport, Clock& clock, Metrics& metrics, Log& log, TokenOptions options,
              RetryPolicy retry);

  /// A token to use now, refreshed a minute ahead of its end. Denied: the server refused the refresh token or client, or
  /// there is none; Unavailable: it could not be asked.
  Task<Result<Secret>> get();

  /// The API refused this token: the next get() brings another one. False if there can be no other (a fixed token).
  bool reject(const Secret& token);

  /// When the token in hand ends, by the wall clock; nothing for a fixed one or none.
  std::optional<Time> expires_at() const;

  /// SIGHUP: read the token file again at the next get().
  void reload();

 private:
  Task<Result<Secret>> refresh();
  Task<Result<Secret>> ask(const StoredTokens& stored);

  Transport& transport_;
  Clock& clock_;
  Metrics& metrics_;
  Log& log_;
  const TokenOptions options_;
  const RetryPolicy retry_;
  SingleFlight<int, Result<Secret>> refreshing_;
  Secret current_;
  std::optional<MonotonicTime> ends_;
  bool file_read_ = false;
};

}  // namespace g2afs
