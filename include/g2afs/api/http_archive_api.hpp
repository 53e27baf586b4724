// SPDX-License-Identifier: MIT
// ArchiveApi over HTTP: credentials, retries, the 500-id batches and the request-line limit. Loop thread only.
//
// - 401 or 403: another token once (a fixed one has no other); refused again is Denied. 400 is Invalid. 5xx, network,
//   and answers that are not the expected JSON are retried within retry_for; 429 too, then Throttled.
// - 414, 431, or 400 for a `urls` query of more than one id: the batch is halved, and the size that worked is kept for
//   the rest of the mount.
// - at most `connections` calls are under way at once.
#pragma once

#include <array>
#include <chrono>
#include <cstdint>
#include <map>
#include <optional>
#include <string>

#include "g2afs/api/archive_api.hpp"
#include "g2afs/api/token_source.hpp"
#include "g2afs/api/wire.hpp"
#include "g2afs/base/log.hpp"
#include "g2afs/base/metrics.hpp"
#include "g2afs/net/concurrency.hpp"
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
  std::optional<Time> last_success, last_failure;
  std::string last_error;
  std::map<std::string, std::uint64_t> calls;  // by name of call
};

class HttpArchiveApi final : public ArchiveApi {
 public:
  HttpArchiveApi(Loop& loop, Transport& transport, TokenSource& tokens, Clock& clock, Metrics& metrics, Log& log,
                 ArchiveOptions options, RetryPolicy retry);

  Task<Result<Listing>> list(ListQuery query) override;
  Task<Result<std::vector<MediaEntry>>> urls(std::vector<RecordingId> ids) override;
  Task<Result<void>> transcode(std::vector<RecordingId> ids) override;
  Task<Result<void>> archive(std::vector<RecordingId> ids) override;

  /// `list` once, without a retry: the check before mounting.
  Task<Result<Listing>> list_once(ListQuery query);

  const ApiHealth& health() const { return health_; }

 private:
  struct Call;
  struct Answer;
  Task<Result<Answer>> exchange(const Call& call, const RetryPolicy& policy);
  Task<Result<Listing>> list_with(ListQuery query, const RetryPolicy& policy);
  Task<Result<void>> change(Method method, const char* name, const char* path, std::vector<RecordingId> ids);
  Url url_for(std::string_view path, std::string_view query) const;

  Loop& loop_;
  Transport& transport_;
  TokenSource& tokens_;
  Clock& clock_;
  Metrics& metrics_;
  Log& log_;
  const ArchiveOptions options_;
  const RetryPolicy retry_;
  Gate gate_;
  std::size_t urls_batch_ = kMaxIds;
  ApiHealth health_;
};

}  // namespace g2afs
