// SPDX-License-Identifier: MIT
#include "g2afs/api/http_archive_api.hpp"

#include <unordered_set>

#include <fmt/format.h>

#include "api_exchange.hpp"
#include "retry_once.hpp"
#include "urls_batches.hpp"
#include "warn_once.hpp"

namespace g2afs {
namespace {

/// Puts what `parse` makes of a body into `parsed`, which must outlive the call.
template <class T>
ApiExchange::TakeBody parse_into(Parsed<T>& parsed, Result<Parsed<T>> (*parse)(std::string_view)) {
  return [&parsed, parse](std::string_view body) -> Result<void> {
    Result<Parsed<T>> result = parse(body);
    if (!result) return fail(std::move(result.error()));
    parsed = std::move(*result);
    return {};
  };
}

Result<void> take_nothing(std::string_view) { return {}; }

Error refused(const char* name, int status) {
  return {Errc::Invalid, fmt::format("{}: the API answered {}", name, status)};
}

}  // namespace

HttpArchiveApi::HttpArchiveApi(Loop& loop, Transport& transport, TokenSource& tokens, Clock& clock, Metrics& metrics,
                               Log& log, ArchiveOptions options, RetryPolicy retry)
    : options_(std::move(options)),
      retry_(retry),
      warnings_(std::make_unique<WarnOnce>(log)),
      exchange_(
          std::make_unique<ApiExchange>(transport, tokens, clock, metrics, log, options_.connections, retry.retry_for)),
      batches_(std::make_unique<UrlsBatches>(loop, clock, *warnings_, retry_, options_.connections,
                                             [this](std::vector<RecordingId> ids, bool token_is_good) {
                                               return urls_once(std::move(ids), token_is_good);
                                             })) {}

HttpArchiveApi::~HttpArchiveApi() = default;

const ApiHealth& HttpArchiveApi::health() const { return exchange_->health(); }

Task<Result<Listing>> HttpArchiveApi::list(ListQuery query) { return list_with(query, retry_); }

Task<Result<Listing>> HttpArchiveApi::list_once(ListQuery query) { return list_with(query, kOnce); }

Task<Result<Listing>> HttpArchiveApi::list_with(ListQuery query, RetryPolicy policy) {
  Result<Url> url = url_for("/archive/recordings", query_for(query));
  if (!url) co_return fail(std::move(url.error()));
  const ApiCall call{"list", Method::Get, std::move(*url), 200};
  Parsed<Listing> parsed;
  const ApiExchange::TakeBody take = parse_into(parsed, &wire::parse_listing);
  const Result<int> status = co_await exchange_->run(call, take, policy);
  if (!status) co_return fail(status.error());
  if (*status != call.success) co_return fail(refused(call.name, *status));
  warnings_->warn(parsed.rejected);
  co_return std::move(parsed.value);
}

Task<Result<std::vector<MediaEntry>>> HttpArchiveApi::urls(std::vector<RecordingId> ids) {
  return batches_->run(std::move(ids));
}

Task<Result<UrlsReply>> HttpArchiveApi::urls_once(std::vector<RecordingId> ids, bool token_is_good) {
  const std::string query = wire::urls_query(ids, options_.ids_parameter, options_.ids_style);
  Result<Url> url = url_for("/archive/recordings/urls", query);
  if (!url) co_return fail(std::move(url.error()));
  const ApiCall call{"urls", Method::Get, std::move(*url), 200, /*refusal_settles=*/true, token_is_good};
  Parsed<std::vector<MediaEntry>> parsed;
  const ApiExchange::TakeBody take = parse_into(parsed, &wire::parse_urls);
  const Result<int> status = co_await exchange_->run(call, take, retry_);
  if (!status) co_return fail(status.error());
  warnings_->warn(parsed.rejected);
  UrlsReply reply;
  reply.status = *status;
  reply.entries = std::move(parsed.value);
  // A server that does not know ids_parameter may answer with all there is.
  const std::unordered_set<RecordingId> asked(ids.begin(), ids.end());
  const auto others =
      std::erase_if(reply.entries, [&asked](const MediaEntry& entry) { return !asked.contains(entry.id); });
  if (others > 0) {
    warnings_->warn("urls: the answer holds recordings that were not asked for; check ids_parameter and ids_style");
  }
  co_return reply;
}

Task<Result<void>> HttpArchiveApi::transcode(std::vector<RecordingId> ids) {
  return change(Method::Post, "transcode", std::move(ids));
}

Task<Result<void>> HttpArchiveApi::archive(std::vector<RecordingId> ids) {
  return change(Method::Put, "archive", std::move(ids));
}

Task<Result<void>> HttpArchiveApi::change(Method method, const char* name, std::vector<RecordingId> ids) {
  if (ids.size() > kMaxIds) co_return fail(Errc::Internal, fmt::format("{}: {} ids in one call", name, ids.size()));
  if (ids.empty()) co_return Result<void>();
  const std::string path = method == Method::Put ? "/archive/recordings/archived/" : "/archive/recordings/transcode/";
  Result<Url> url = url_for(path + wire::id_path(ids));
  if (!url) co_return fail(std::move(url.error()));
  const ApiCall call{name, method, std::move(*url), 204, /*refusal_settles=*/true};
  const ApiExchange::TakeBody take = &take_nothing;
  const Result<int> status = co_await exchange_->run(call, take, retry_);
  if (!status) co_return fail(status.error());
  if (*status == call.success) co_return Result<void>();
  if (*status == 403) {
    co_return fail(Errc::Forbidden,
                   fmt::format("{}: the API answered 403: it refuses the access token, a key or an id", name));
  }
  if (*status == 400) co_return fail(refused(name, *status));
  co_return fail(Errc::TooLong,
                 fmt::format("{}: the API answered {}: its request line has no room for {}", name, *status,
                             ids.size() == 1 ? "even one id" : fmt::format("{} ids", ids.size())));
}

Result<Url> HttpArchiveApi::url_for(std::string_view path, std::string_view query) const {
  std::string text = options_.api_url.text();
  while (text.ends_with('/')) text.pop_back();
  text += path;
  if (!query.empty()) (text += '?') += query;
  return Url::parse(text);
}

std::string HttpArchiveApi::query_for(const ListQuery& query) const {
  std::string text;
  const auto add = [&text](const char* name, std::string_view value) {
    text += fmt::format("{}{}={}", text.empty() ? "" : "&", name, value);
  };
  if (options_.account_key) add("accountKey", std::to_string(*options_.account_key));
  if (options_.user_key) add("userKey", std::to_string(*options_.user_key));
  if (options_.company_id) add("companyId", std::to_string(*options_.company_id));
  if (options_.session_type) add("sessionType", std::to_string(*options_.session_type));
  if (query.from) add("fromTime", format_iso8601(*query.from));
  if (query.to) add("toTime", format_iso8601(*query.to));
  add("archived", query.archived ? "1" : "0");
  return text;
}

}  // namespace g2afs
