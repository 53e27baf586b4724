// SPDX-License-Identifier: MIT
#include "sim/control_api.hpp"

#include <fmt/format.h>

#include "sim/archive_api.hpp"
#include "sim/iso_time.hpp"
#include "sim/recording_json.hpp"

namespace g2a_sim {
namespace {

constexpr std::uint64_t kMaxPage = 1'000'000;

HttpResponse ok(const nlohmann::json& body) {
  return json_response(200, body.dump(-1, ' ', false, nlohmann::json::error_handler_t::replace) + "\n");
}

// A query parameter that is a number; throws JsonError.
std::uint64_t number_of(const HttpRequest& request, const char* name, std::uint64_t fallback) {
  const auto text = form_value(request.query, name);
  if (!text) return fallback;
  const auto value = parse_unsigned(*text);
  if (!value) throw JsonError(fmt::format("{}: \"{}\" is not a number", name, *text));
  return *value;
}

std::int64_t time_of(const HttpRequest& request, const char* name, std::int64_t fallback) {
  const auto text = form_value(request.query, name);
  if (!text) return fallback;
  const auto ms = parse_iso8601(*text);
  if (!ms) throw JsonError(fmt::format("{}: \"{}\" is not an ISO 8601 time", name, *text));
  return *ms;
}

std::optional<Endpoint> endpoint_or_any(const std::string& name) {
  if (name == "any" || name.empty()) return std::nullopt;
  const auto endpoint = endpoint_of(name);
  if (!endpoint) throw JsonError(fmt::format("endpoint \"{}\" is unknown", name));
  return endpoint;
}

// One entry of POST /_sim/recordings: `count` recordings (1) with consecutive ids, `step_seconds` (0) apart.
void read_new_recordings(const nlohmann::json& json, std::vector<std::pair<Recording, Details>>& to) {
  ObjectReader reader(json, fmt::format("recording {}", to.size()));
  Recording recording;
  Details details;
  const auto id = reader.unsigned_number("id");
  const auto start = reader.time("start");
  if (!id) reader.fail("id", "is missing");
  if (!start) reader.fail("start", "is missing");
  recording.state = reader.state("state").value_or(State::kReady);
  recording.archived = reader.boolean("archived").value_or(false);
  recording.unattended = reader.boolean("session_type").value_or(false);
  details.mp4_size = reader.unsigned_number("size", 1ULL << 50U);
  // null: there is no such file; a number: its size; absent: as for any other.
  recording.has_events = !reader.is_null("events_size");
  recording.has_thumbnail = !reader.is_null("thumbnail_size");
  details.events_size = reader.unsigned_number("events_size", 1ULL << 50U);
  details.thumbnail_size = reader.unsigned_number("thumbnail_size", 1ULL << 50U);
  const std::uint64_t count = reader.unsigned_number("count", kMaxPage).value_or(1);
  const double step = reader.number("step_seconds").value_or(0);
  reader.finish();
  for (std::uint64_t i = 0; i < count; ++i) {
    recording.id = *id + i;
    recording.start_ms = *start + static_cast<std::int64_t>(step * 1000 * static_cast<double>(i));
    to.emplace_back(recording, details);
  }
}

}  // namespace

HttpResponse ControlApi::handle(const HttpRequest& request) {
  try {
    return dispatch(request, request.path.substr(6));
  } catch (const std::exception& error) {  // JsonError, or what the JSON library says of an odd type
    return text_response(400, fmt::format("{}\n", error.what()), "text/plain");
  }
}

HttpResponse ControlApi::dispatch(const HttpRequest& request, const std::string& what) {
  if (what == "fault") return fault(request);
  if (what == "latency") return latency(request);
  if (what == "log") return log(request);
  if (what == "counts" && request.method == "GET") return ok(parts_.log.counts());
  if (what == "recordings") return recordings(request);
  if (what.starts_with("recordings/")) return one_recording(request, what.substr(11));
  if (what.starts_with("content/")) return content(request, what.substr(8));
  if (what == "tokens") return tokens(request);
  if (what == "clock") return clock(request);
  if (what == "config" && request.method == "GET") return ok(config());
  return text_response(404, "no such control call\n", "text/plain");
}

HttpResponse ControlApi::fault(const HttpRequest& request) {
  if (request.method == "DELETE") {
    parts_.faults.clear();
    parts_.gate.release();
    return ok({{"cleared", true}});
  }
  if (request.method == "POST") {
    const auto json = parse_json(request.body);
    if (!json.is_array()) return ok({{"number", parts_.faults.add(FaultPlan::parse(json))}});
    std::vector<Fault> faults;  // all or none
    for (const auto& one : json) faults.push_back(FaultPlan::parse(one));
    for (Fault& one : faults) parts_.faults.add(std::move(one));
  }
  return ok(parts_.faults.to_json());
}

HttpResponse ControlApi::latency(const HttpRequest& request) {
  if (request.method == "DELETE") {
    parts_.faults.set_latency(std::nullopt, 0);
    return ok({{"cleared", true}});
  }
  const auto json = parse_json(request.body);
  ObjectReader reader(json, "latency");
  const auto endpoint = endpoint_or_any(reader.string("endpoint").value_or("any"));
  const auto ms = reader.number("ms");
  if (!ms || *ms < 0) reader.fail("ms", "is not a number from 0");
  reader.finish();
  parts_.faults.set_latency(endpoint, *ms);
  return ok({{"ms", *ms}});
}

HttpResponse ControlApi::log(const HttpRequest& request) {
  if (request.method == "DELETE") {
    parts_.log.clear();
    return ok({{"cleared", true}});
  }
  const auto endpoint = endpoint_or_any(form_value(request.query, "endpoint").value_or(""));
  return ok(parts_.log.entries(endpoint, number_of(request, "since", 0), number_of(request, "limit", SIZE_MAX)));
}

HttpResponse ControlApi::recordings(const HttpRequest& request) {
  if (request.method == "POST") {
    const auto json = parse_json(request.body);
    std::vector<std::pair<Recording, Details>> more;
    if (json.is_array()) {
      for (const auto& one : json) read_new_recordings(one, more);
    } else {
      read_new_recordings(json, more);
    }
    const std::size_t count = more.size();
    if (const auto twice = parts_.account.add(std::move(more))) {
      return text_response(409, fmt::format("recording {} exists already\n", *twice), "text/plain");
    }
    return ok({{"added", count}});
  }
  std::size_t total = 0;
  const auto views = parts_.account.page(time_of(request, "from", INT64_MIN), time_of(request, "to", INT64_MAX),
                                         number_of(request, "offset", 0),
                                         std::min(number_of(request, "limit", 1000), kMaxPage), total);
  auto list = nlohmann::json::array();
  for (const auto& view : views) list.push_back(to_json(view));
  return ok({{"total", total}, {"recordings", std::move(list)}});
}

HttpResponse ControlApi::one_recording(const HttpRequest& request, const std::string& id_text) {
  const auto id = parse_unsigned(id_text);
  if (!id) throw JsonError(fmt::format("\"{}\" is not a recording id", id_text));
  bool exists = true;
  if (request.method == "DELETE") {
    exists = parts_.account.remove(*id);
    if (exists) return ok({{"removed", *id}});
  } else if (request.method == "PATCH") {
    const auto json = parse_json(request.body);
    ObjectReader reader(json, "recording");
    RecordingPatch patch;
    patch.start_ms = reader.time("start");
    patch.state = reader.state("state");
    patch.archived = reader.boolean("archived");
    patch.mp4_size = reader.unsigned_number("size", 1ULL << 50U);
    if (const auto version = reader.unsigned_number("version", UINT32_MAX)) {
      patch.version = static_cast<std::uint32_t>(*version);
    }
    reader.finish();
    exists = parts_.account.patch(*id, patch);
  }
  const auto view = exists ? parts_.account.find(*id) : std::nullopt;
  if (!view) return text_response(404, fmt::format("there is no recording {}\n", *id), "text/plain");
  return ok(to_json(*view));
}

HttpResponse ControlApi::content(const HttpRequest& request, const std::string& name) {
  const std::size_t dot = name.find('.');
  const auto id = parse_unsigned(name.substr(0, dot));
  const std::string suffix = dot == std::string::npos ? "" : name.substr(dot + 1);
  if (!id) throw JsonError(fmt::format("\"{}\" is not <id>.mp4, <id>.events or <id>.<picture>", name));
  const FileKind kind = suffix == "mp4"      ? FileKind::kMp4
                        : suffix == "events" ? FileKind::kEvents
                                             : FileKind::kThumbnail;
  const auto opened = parts_.account.open(*id, kind);
  if (!opened) return text_response(404, "there is no such file\n", "text/plain");
  HttpResponse response;
  response.source = opened->source;
  response.offset = std::min(number_of(request, "offset", 0), opened->source->size());
  response.length = std::min(number_of(request, "length", UINT64_MAX), opened->source->size() - response.offset);
  response.headers.emplace_back("Content-Type", "application/octet-stream");
  return response;
}

HttpResponse ControlApi::tokens(const HttpRequest& request) {
  const auto json = parse_json(request.body);
  ObjectReader reader(json, "tokens");
  const bool revoke = reader.boolean("revoke").value_or(false);
  const bool expire = reader.boolean("expire").value_or(false);
  const bool restore = reader.boolean("restore").value_or(false);
  reader.finish();
  if (!revoke && !expire && !restore) throw JsonError("tokens: one of revoke, expire and restore must be true");
  if (expire) parts_.tokens.expire_access();
  if (revoke) parts_.tokens.revoke();
  if (restore) parts_.tokens.restore();
  return ok({{"revoked", revoke}, {"expired", expire}, {"restored", restore}});
}

HttpResponse ControlApi::clock(const HttpRequest& request) {
  if (request.method == "POST") {
    const auto json = parse_json(request.body);
    ObjectReader reader(json, "clock");
    const auto offset = reader.number("offset_seconds");
    const auto advance = reader.number("advance_seconds");
    reader.finish();
    if (!offset && !advance) throw JsonError("clock: offset_seconds or advance_seconds is missing");
    if (offset) parts_.clock.set_offset_ms(static_cast<std::int64_t>(*offset * 1000));
    if (advance) parts_.clock.advance_ms(static_cast<std::int64_t>(*advance * 1000));
  }
  return ok({{"offset_seconds", static_cast<double>(parts_.clock.offset_ms()) / 1000},
             {"now", format_iso8601(parts_.clock.now_ms())}});
}

nlohmann::json ControlApi::config() const {
  const SimOptions& o = parts_.options;
  const std::string origin = fmt::format("http://127.0.0.1:{}", api_port_);
  return {{"api_url", origin + std::string(kApiBase)},
          {"token_url", origin + "/oauth/token"},
          {"authorize_url", origin + "/oauth/authorize"},
          {"media_url", fmt::format("http://127.0.0.1:{}", media_port_)},
          {"api_port", api_port_},
          {"media_port", media_port_},
          {"account_keys", o.account_keys},
          {"user_keys", o.user_keys},
          {"company_ids", o.company_ids},
          {"access_token", o.access_token},
          {"client_id", o.client_id},
          {"client_secret", o.client_secret},
          {"refresh_token", o.refresh_token},
          {"rotate_refresh", o.rotate_refresh},
          {"token_ttl", o.token_ttl_seconds},
          {"url_ttl", o.url_ttl_seconds},
          {"ids_parameter", o.ids_parameter},
          {"ids_style", o.ids_style == IdsStyle::kRepeat  ? "repeat"
                        : o.ids_style == IdsStyle::kComma ? "comma"
                                                          : "any"},
          {"to_time_inclusive", o.to_time_inclusive},
          {"transcode_seconds", o.transcode_seconds},
          {"max_request_line", o.max_request_line},
          {"seed", o.seed},
          {"from", format_iso8601(o.from_ms)},
          {"to", format_iso8601(o.to_ms)},
          {"now", format_iso8601(parts_.clock.now_ms())},
          {"recordings", parts_.account.size()}};
}

nlohmann::json ControlApi::to_json(const RecordingView& view) const {
  const Recording& r = view.recording;
  const auto size = [](const std::optional<std::uint64_t>& bytes) {
    return bytes ? nlohmann::json(*bytes) : nlohmann::json(nullptr);
  };
  const auto& users = parts_.options.user_keys;
  const auto& companies = parts_.options.company_ids;
  return {{"id", r.id},
          {"start", format_iso8601(r.start_ms)},
          {"state", state_name(r.state)},
          {"archived", r.archived ? 1 : 0},
          {"session_type", r.unattended ? 1 : 0},
          {"user_key", users.empty() ? nlohmann::json(nullptr) : nlohmann::json(users[r.user])},
          {"company_id",
           !r.unattended || companies.empty() ? nlohmann::json(nullptr) : nlohmann::json(companies[r.company])},
          {"version", r.version},
          {"mp4_size", view.mp4_size},
          {"events_size", size(view.events_size)},
          {"thumbnail_size", size(view.thumbnail_size)},
          {"thumbnail_suffix", view.thumbnail_suffix}};
}

}  // namespace g2a_sim
