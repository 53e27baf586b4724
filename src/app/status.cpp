// SPDX-License-Identifier: MIT
#include "g2afs/app/status.hpp"

#include <nlohmann/json.hpp>

namespace g2afs {
namespace {

using Json = nlohmann::ordered_json;

Json time_or_null(const std::optional<Time>& time) { return time ? Json(format_iso8601(*time)) : Json(nullptr); }
Json text_or_null(const std::string& text) { return text.empty() ? Json(nullptr) : Json(text); }

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
    files.push_back({{"file", to_string(file.key)},
                     {"size", file.size},
                     {"offset", file.position},
                     {"bytes_read", file.bytes_read},
                     {"bytes_per_second", file.bytes_per_second},
                     {"passthrough", file.passthrough}});
  }

  const auto uptime = std::chrono::duration_cast<std::chrono::seconds>(clock_.now() - started_);
  const double read = metrics_.read_bytes.Value();
  const double hit = metrics_.cache_hit_bytes.Value();
  const Json status{
      {"version", G2AFS_VERSION},
      {"account", account_},
      {"uptime_seconds", uptime.count()},
      {"api",
       {{"last_success", time_or_null(health.last_success)},
        {"last_failure", time_or_null(health.last_failure)},
        {"last_error", text_or_null(health.last_error)},
        {"calls", calls}}},
      {"token_expires", time_or_null(tokens_.expires_at())},
      {"recordings", {{"known", catalog_.known_recordings()}, {"bytes", catalog_.known_bytes()}, {"by_state", states}}},
      {"open_files", files},
      {"cache",
       {{"memory_bytes", content_.memory_in_use()},
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
