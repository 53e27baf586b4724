// SPDX-License-Identifier: MIT
#include "g2afs/app/status.hpp"

#include <unistd.h>

#include <nlohmann/json.hpp>

namespace g2afs {
namespace {

using Json = nlohmann::ordered_json;

Json time_or_null(const std::optional<Time>& time) { return time ? Json(format_iso8601(*time)) : Json(nullptr); }
Json text_or_null(const std::string& text) { return text.empty() ? Json(nullptr) : Json(text); }

/// A transfer whose reader has paused for longer runs no more.
constexpr std::chrono::seconds kStillReading{3};

Json seconds_or_null(const std::optional<Duration>& duration) {
  return duration ? Json(std::chrono::duration<double>(*duration).count()) : Json(nullptr);
}

/// Of codes, those that tell of a failure, in the words of status.json.
Json errors(const Metrics::Counts& codes) {
  Json errors = Json::object();
  for (const auto& [code, count] : codes) {
    if (code == "error") {
      errors["no_answer"] = count;
    } else if (code >= "400" && code < "600") {
      errors[code] = count;
    }
  }
  return errors;
}

std::uint64_t sum(const Metrics::Counts& counts) {
  std::uint64_t sum = 0;
  for (const auto& [label, count] : counts) sum += count;
  return sum;
}

template <class Metric>
std::uint64_t whole(const Metric& metric) {
  return static_cast<std::uint64_t>(metric.Value());
}

}  // namespace

Status::Status(const HttpArchiveApi& api, const TokenSource& tokens, const Catalog& catalog, const Content& content,
               Metrics& metrics, const Clock& clock, std::string account)
    : api_(api),
      tokens_(tokens),
      catalog_(catalog),
      content_(content),
      metrics_(metrics),
      clock_(clock),
      account_(std::move(account)),
      started_(clock.now()) {}

std::string Status::render() const {
  const ApiHealth& health = api_.health();
  Json calls = Json::object();
  for (const auto& [name, count] : health.calls) calls[name] = count;

  Json states = Json::object();
  for (const State state : {State::Untranscoded, State::Transcoding, State::Ready}) {
    const std::string name(to_string(state));
    states[name] = static_cast<std::uint64_t>(metrics_.recordings(name).Value());
  }

  const auto open_files = content_.open_files();
  Json files = Json::array();
  for (const auto& file : open_files) {
    const bool reading = file.reads_waiting > 0 || (file.last_read && *file.last_read < kStillReading);
    files.push_back({{"file", to_string(file.key)},
                     {"open", file.number},
                     {"size", file.size},
                     {"offset", file.position},
                     {"bytes_read", file.bytes_read},
                     {"bytes_per_second", file.bytes_per_second},
                     {"reading", reading},
                     {"reads_waiting", file.reads_waiting},
                     {"last_read_seconds", seconds_or_null(file.last_read)},
                     {"streams", file.streams},
                     {"passthrough", file.passthrough}});
  }

  const auto uptime = std::chrono::duration_cast<std::chrono::seconds>(clock_.now() - started_);
  const double read = metrics_.read_bytes.Value();
  const double hit = metrics_.cache_hit_bytes.Value();
  const auto api_codes = metrics_.api_requests_by_code(), media_codes = metrics_.media_requests_by_code();
  const Json status{
      {"version", G2AFS_VERSION},
      {"account", account_},
      {"pid", ::getpid()},
      {"time", format_iso8601(clock_.wall_now())},
      {"uptime_seconds", uptime.count()},
      {"api",
       {{"up", health.up},
        {"last_success", time_or_null(health.last_success)},
        {"last_failure", time_or_null(health.last_failure)},
        {"last_error", text_or_null(health.last_error)},
        {"calls", calls},
        {"requests", sum(api_codes)},
        {"errors", errors(api_codes)}}},
      {"media",
       {{"requests", sum(media_codes)}, {"bytes", whole(metrics_.media_bytes)}, {"errors", errors(media_codes)}}},
      {"retries", metrics_.retries_by_reason()},
      {"token_fixed", tokens_.fixed()},
      {"token_expires", time_or_null(tokens_.expires_at())},
      {"recordings", {{"known", catalog_.known_recordings()}, {"bytes", catalog_.known_bytes()}, {"by_state", states}}},
      {"open_files", files},
      {"cache",
       {{"memory_bytes", content_.memory_in_use()},
        {"memory_limit_bytes", content_.memory_limit()},
        {"read_bytes", static_cast<std::uint64_t>(read)},
        {"hit_bytes", static_cast<std::uint64_t>(hit)},
        {"hit_rate", read > 0 ? hit / read : 0.0},
        {"disk_bytes", whole(metrics_.disk_bytes)},
        {"disk_limit_bytes", content_.disk_limit()},
        {"disk_read_bytes", whole(metrics_.disk_read_bytes)},
        {"disk_written_bytes", whole(metrics_.disk_written_bytes)},
        {"disk_dropped_blocks", whole(metrics_.disk_dropped)},
        {"disk_refused_writes", whole(metrics_.disk_refused)},
        {"disk_evicted_files", whole(metrics_.disk_evicted)}}},
      {"refresh",
       {{"last", time_or_null(catalog_.health().last_refresh)},
        {"last_error", text_or_null(catalog_.health().last_error)}}},
  };
  return status.dump(2, ' ', false, Json::error_handler_t::replace) + '\n';
}

}  // namespace g2afs
