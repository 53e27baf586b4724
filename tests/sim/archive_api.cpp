// SPDX-License-Identifier: MIT
#include "sim/archive_api.hpp"

#include <algorithm>
#include <unordered_set>

#include <fmt/format.h>
#include <nlohmann/json.hpp>

#include "sim/list_query.hpp"
#include "sim/urls_entry.hpp"

namespace g2a_sim {
namespace {

constexpr std::string_view kRecordings = "/archive/recordings";
constexpr std::string_view kTranscodeInfix = "/transcode/";
constexpr std::string_view kArchivedInfix = "/archived/";

std::optional<std::string_view> below_recordings(std::string_view path) {
  if (!path.starts_with(kApiBase)) return std::nullopt;
  path.remove_prefix(kApiBase.size());
  if (!path.starts_with(kRecordings)) return std::nullopt;
  return path.substr(kRecordings.size());
}

const char* method_of(Endpoint endpoint) {
  return endpoint == Endpoint::kTranscode ? "POST" : endpoint == Endpoint::kArchive ? "PUT" : "GET";
}

// Ids written "1,2,3", appended to `ids`; the text that is no id, if there is one.
std::optional<std::string> split_ids(std::string_view text, std::vector<std::uint64_t>& ids) {
  for (;;) {
    const std::string_view word = text.substr(0, text.find(','));
    const auto id = parse_unsigned(word);
    if (!id) return std::string(word);
    ids.push_back(*id);
    if (word.size() == text.size()) return std::nullopt;
    text.remove_prefix(word.size() + 1);
  }
}

HttpResponse not_an_id(const std::string& text) {
  return error_response(400, fmt::format("\"{}\" is not a recording id", text));
}

std::optional<HttpResponse> refusal_of_count(std::size_t count) {
  if (count == 0) return error_response(400, "no recording ids");
  if (count > kIdCap) return error_response(400, fmt::format("{} recording ids; at most {} a call", count, kIdCap));
  return std::nullopt;
}

}  // namespace

ArchiveApi::ArchiveApi(const SimOptions& options, Account& account, TokenAuthority& tokens, MediaApi& media,
                       const SimClock& clock)
    : options_(options), account_(account), tokens_(tokens), media_(media), clock_(clock) {}

std::optional<Endpoint> ArchiveApi::endpoint_of_path(std::string_view path) {
  const auto rest = below_recordings(path);
  if (!rest) return std::nullopt;
  if (rest->empty()) return Endpoint::kList;
  if (*rest == "/urls") return Endpoint::kUrls;
  if (rest->starts_with(kTranscodeInfix)) return Endpoint::kTranscode;
  if (rest->starts_with(kArchivedInfix)) return Endpoint::kArchive;
  return std::nullopt;
}

HttpResponse ArchiveApi::handle(Endpoint endpoint, const HttpRequest& request, RequestLog::Trace& trace) {
  if (request.method != method_of(endpoint)) {
    HttpResponse response = error_response(405, fmt::format("this call is a {}", method_of(endpoint)));
    response.headers.emplace_back("Allow", method_of(endpoint));
    return response;
  }
  if (auto refusal = refusal_of_credentials(request)) return std::move(*refusal);
  switch (endpoint) {
    case Endpoint::kList: return list(request, trace);
    case Endpoint::kUrls: return urls(request, trace);
    default: return change(endpoint, request, trace);
  }
}

std::optional<HttpResponse> ArchiveApi::refusal_of_credentials(const HttpRequest& request) const {
  const std::string_view value = request.header("Authorization").value_or("");
  constexpr std::string_view kScheme = "Bearer ";
  if (value.starts_with(kScheme) && tokens_.accepts_access(std::string(value.substr(kScheme.size())))) {
    return std::nullopt;
  }
  HttpResponse response = error_response(options_.auth_status, "invalid authorization header");
  if (options_.auth_status == 401) response.headers.emplace_back("WWW-Authenticate", "Bearer");
  return response;
}

HttpResponse ArchiveApi::list(const HttpRequest& request, RequestLog::Trace& trace) {
  const auto parsed = parse_list_query(request.query, options_, clock_.now_ms());
  if (const auto* refusal = std::get_if<Refusal>(&parsed)) return error_response(refusal->status, refusal->why);
  const IdLists lists = account_.list(std::get<ListFilter>(parsed));
  trace.returned(lists.ready_for_transcode.size() + lists.ready_for_download.size());

  nlohmann::json body = nlohmann::json::object();
  const auto add = [&](const char* member, const std::vector<std::uint64_t>& ids) {
    if (ids.empty() && options_.quirks.contains(Quirk::kOmitEmptyArrays)) return;
    auto array = nlohmann::json::array();
    for (const std::uint64_t id : ids) {
      if (options_.quirks.contains(Quirk::kIdsAsStrings)) {
        array.push_back(std::to_string(id));
      } else {
        array.push_back(id);
      }
    }
    body[member] = std::move(array);
  };
  add("readyForTranscode", lists.ready_for_transcode);
  add("readyForDownload", lists.ready_for_download);
  if (options_.quirks.contains(Quirk::kExtraMembers)) body["requestId"] = "7d1f";
  HttpResponse response = json_response(200, body.dump());
  response.note = unknown_parameters(request.query);
  return response;
}

HttpResponse ArchiveApi::urls(const HttpRequest& request, RequestLog::Trace& trace) {
  std::vector<std::uint64_t> ids;
  std::size_t occurrences = 0;
  for (const auto& [name, value] : request.query) {
    if (name != options_.ids_parameter) continue;
    ++occurrences;
    if (options_.ids_style == IdsStyle::kRepeat && value.find(',') != std::string::npos) return not_an_id(value);
    if (const auto bad = split_ids(value, ids)) return not_an_id(*bad);
  }
  trace.ids(ids.size());
  if (options_.ids_style == IdsStyle::kComma && occurrences > 1) {
    return error_response(400, fmt::format("{} is there {} times", options_.ids_parameter, occurrences));
  }
  if (auto refusal = refusal_of_count(ids.size())) return std::move(*refusal);

  auto entries = nlohmann::json::array();
  std::unordered_set<std::uint64_t> seen;
  for (const std::uint64_t id : ids) {
    if (!seen.insert(id).second) continue;
    const auto view = account_.find(id);
    if (!view && options_.foreign_403) return error_response(403, fmt::format("recording {} is not yours", id));
    if (!view || view->recording.state != State::kReady) continue;
    entries.push_back(urls_entry(*view, options_, media_));
  }
  trace.returned(entries.size());
  if (options_.quirks.contains(Quirk::kReverseOrder)) std::reverse(entries.begin(), entries.end());
  if (options_.quirks.contains(Quirk::kWrappedList)) {
    nlohmann::json wrapped{{"recordings", std::move(entries)}};
    if (options_.quirks.contains(Quirk::kExtraMembers)) wrapped["total"] = seen.size();
    return json_response(200, wrapped.dump());
  }
  return json_response(200, entries.dump());
}

HttpResponse ArchiveApi::change(Endpoint endpoint, const HttpRequest& request, RequestLog::Trace& trace) {
  const bool transcode = endpoint == Endpoint::kTranscode;
  std::string_view text = below_recordings(request.path).value_or("");
  text.remove_prefix(transcode ? kTranscodeInfix.size() : kArchivedInfix.size());
  std::vector<std::uint64_t> ids;
  if (!text.empty()) {
    if (const auto bad = split_ids(text, ids)) return not_an_id(*bad);
  }
  trace.ids(ids.size());
  if (auto refusal = refusal_of_count(ids.size())) return std::move(*refusal);
  std::size_t changed = 0;
  const bool ours = transcode ? account_.transcode(ids, changed) : account_.archive(ids, changed);
  if (!ours) return error_response(403, "a recording id is not yours");
  trace.returned(changed);
  HttpResponse response;
  response.status = 204;
  return response;
}

}  // namespace g2a_sim
