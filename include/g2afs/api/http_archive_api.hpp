// SPDX-License-Identifier: MIT
// ArchiveApi over HTTP: credentials, retries, 500-id batches and the request-line limit. Loop thread only.
//
// - 401 or 403: another token once (a fixed one has no other); refused again is Denied, but for the 403 of a transcode or
//   archive call, which may be about an id: that is Forbidden. 400 is Invalid. 5xx, network, and answers that are not the expected JSON are retried within retry_for; so is 429, then it is
//   Throttled. While a Retry-After of 429 or 503 lasts, nothing is sent, whichever call was told.
// - 414, 431, or 400 for a `urls` query of more than one id: the batch is halved, and the size that worked is
//   kept for the rest of the mount (after a 400, if the whole batch is refused once more). transcode and archive
//   are one call each, and 414 and 431 are TooLong: only who made up the batch can say what became of its parts.
// - an id among many that `urls` answers with 400, or with 403 although the token is good, is left out like
//   one that is not available, if that is so a second later, too, while others are answered. If more than a
//   few are refused, or every one of a batch, that is Invalid or Denied.
// - at most `connections` calls are under way at once; waiting for a next try is not.
#pragma once

#include <cstdint>
#include <map>
#include <memory>
#include <optional>
#include <string>

#include "g2afs/api/archive_api.hpp"
#include "g2afs/api/token_source.hpp"
#include "g2afs/api/wire.hpp"
#include "g2afs/base/log.hpp"
#include "g2afs/base/metrics.hpp"
#include "g2afs/net/loop.hpp"
#include "g2afs/net/retry.hpp"
#include "g2afs/net/transport.hpp"

namespace g2afs {

struct ArchiveOptions {
  Url api_url;
  std::optional<std::uint64_t> account_key, user_key, company_id;
  std::optional<int> session_type;  // 0 attended, 1 unattended
  std::string ids_parameter = "recordingIds";
  wire::IdsStyle ids_style = wire::IdsStyle::Repeat;
  std::size_t connections = 4;
};

/// What the API's health looks like, for status.json.
struct ApiHealth {
  bool up = false;  // the last call got what it asked for, but for what was refused about that alone
  std::optional<Time> last_success, last_failure;
  std::string last_error;
  std::map<std::string, std::uint64_t> calls;  // by name of call
};

class ApiExchange;
class UrlsBatches;
class WarnOnce;
struct UrlsReply;

class HttpArchiveApi final : public ArchiveApi {
 public:
  HttpArchiveApi(Loop& loop, Transport& transport, TokenSource& tokens, Clock& clock, Metrics& metrics, Log& log,
                 ArchiveOptions options, RetryPolicy retry);
  ~HttpArchiveApi() override;

  Task<Result<Listing>> list(ListQuery query) override;
  Task<Result<std::vector<MediaEntry>>> urls(std::vector<RecordingId> ids) override;
  Task<Result<void>> transcode(std::vector<RecordingId> ids) override;
  Task<Result<void>> archive(std::vector<RecordingId> ids) override;

  /// `list` once, without a retry: the check before mounting.
  Task<Result<Listing>> list_once(ListQuery query);

  const ApiHealth& health() const;

 private:
  Task<Result<Listing>> list_with(ListQuery query, RetryPolicy policy);
  Task<Result<UrlsReply>> urls_once(std::vector<RecordingId> ids, bool token_is_good);
  Task<Result<void>> change(Method method, const char* name, std::vector<RecordingId> ids);
  Result<Url> url_for(std::string_view path, std::string_view query = {}) const;
  std::string query_for(const ListQuery& query) const;

  const ArchiveOptions options_;
  const RetryPolicy retry_;
  const std::unique_ptr<WarnOnce> warnings_;
  const std::unique_ptr<ApiExchange> exchange_;
  const std::unique_ptr<UrlsBatches> batches_;
};

}  // namespace g2afs
