// SPDX-License-Identifier: MIT
#include "model_service.hpp"

#include <array>

#include <fmt/format.h>

#include "g2afs/base/calendar.hpp"

namespace g2afs::test {
namespace {

constexpr std::string_view kReadyStart = "2016-11-24T10:00:00Z", kUntranscodedStart = "2016-11-24T10:09:00Z";

std::string noise(std::size_t size, std::uint32_t seed) {
  std::string bytes(size, '\0');
  for (char& byte : bytes) byte = static_cast<char>((seed = seed * 1664525 + 1013904223) >> 24);
  return bytes;
}

/// A parameter of the query, with the colons of its times decoded.
std::string parameter(const std::string& target, const std::string& name) {
  const auto at = target.find(name + "=");
  if (at == std::string::npos) return {};
  std::string value = target.substr(at + name.size() + 1);
  value.erase(std::min(value.find('&'), value.size()));
  for (std::size_t colon; (colon = value.find("%3A")) != std::string::npos;) value.replace(colon, 3, ":");
  return value;
}

std::set<std::uint64_t> ids_in(std::string text) {
  std::set<std::uint64_t> ids;
  for (const RecordingId id : {kReady, kUntranscoded}) {
    if (text.find(to_string(id)) != std::string::npos) ids.insert(id.value);
  }
  return ids;
}

Reply json(std::string body) { return {200, {"Content-Type: application/json"}, std::move(body)}; }

}  // namespace

std::string head_of(const Reply& reply, std::size_t length) {
  std::string text = fmt::format("HTTP/1.1 {} Said\r\n", reply.status);
  for (const std::string& field : reply.fields) text += field + "\r\n";
  if (reply.status != 204) text += fmt::format("Content-Length: {}\r\n", length);
  return text + "\r\n";
}

Call ModelService::call_of(const WireRequest& request) {
  const auto has = [&](std::string_view part) { return request.line.find(part) != std::string::npos; };
  if (has("/oauth/token")) return Call::Token;
  if (has("/recordings/urls")) return Call::Urls;
  if (has("/recordings/transcode/")) return Call::Transcode;
  if (has("/recordings/archived/")) return Call::Archive;
  return has("/archive/recordings") ? Call::List : Call::Media;
}

Reply ModelService::answer(const WireRequest& request, Version version) {
  const Call call = call_of(request);
  if (call == Call::Token) return token();
  if (call == Call::Media) return media(request, version);
  if (!authorized(request)) return {401, {}, ""};
  switch (call) {
    case Call::List: return list(request);
    case Call::Urls: return urls(request);
    case Call::Transcode: transcoding.merge(ids_in(request.target())); return {204, {}, ""};
    default: archived.merge(ids_in(request.target())); return {204, {}, ""};
  }
}

bool ModelService::authorized(const WireRequest& request) const {
  return request.field("Authorization") == fmt::format("Bearer access-{}", tokens_);
}

Reply ModelService::token() {
  return json(fmt::format(R"({{"token_type":"Bearer","access_token":"access-{}","expires_in":3600}})", ++tokens_));
}

Reply ModelService::list(const WireRequest& request) const {
  const auto from = parse_iso8601(parameter(request.target(), "fromTime")).value_or(Time::min());
  const auto to = parse_iso8601(parameter(request.target(), "toTime")).value_or(Time::max());
  const bool wants_archived = parameter(request.target(), "archived") == "1";
  const auto shown = [&](RecordingId id, std::string_view start) {
    const Time at = parse_iso8601(start).value();
    return at >= from && at <= to && wants_archived == (archived.count(id.value) != 0) ? to_string(id) : std::string();
  };
  return json(fmt::format(R"({{"readyForTranscode":[{}],"readyForDownload":[{}]}})",
                          shown(kUntranscoded, kUntranscodedStart), shown(kReady, kReadyStart)));
}

Reply ModelService::urls(const WireRequest& request) {
  if (ids_in(request.target()).count(kReady.value) == 0) return json("[]");
  const std::string base = fmt::format("{}/media/{}", media_origin, ++url_calls_);
  return json(fmt::format(R"([{{"recordingId":{0},"recordingUrl":"{1}/{0}.mp4","eventsUrl":"{1}/{0}.events",)"
                          R"("recordingStartTime":"{2}","recordingSize":"{3}"}}])",
                          kReady.value, base, kReadyStart, kVideoSize));
}

namespace {

/// All versions of one object.
struct Versions {
  Versions(std::size_t size, std::uint32_t seed)
      : all{noise(size, seed), noise(size, seed + 100), noise(size, seed) + "+"} {}
  const std::string& at(ModelService::Version version) const { return all[static_cast<std::size_t>(version)]; }
  std::array<std::string, 3> all;
};

}  // namespace

const std::string& ModelService::video(Version version) {
  static const Versions versions(kVideoSize, 1);
  return versions.at(version);
}

const std::string& ModelService::sidecar(Version version) {
  static const Versions versions(kSidecarSize, 2);
  return versions.at(version);
}

const std::string& ModelService::object_of(const WireRequest& request, Version version) {
  return request.target().find(".mp4") != std::string::npos ? video(version) : sidecar(version);
}

ByteRange ModelService::range_of(const WireRequest& request, std::uint64_t size) {
  const std::string text = request.field("Range").value_or("");
  const auto dash = text.find('-');
  if (text.rfind("bytes=", 0) != 0 || dash == std::string::npos) return {0, size};
  return {std::stoull(text.substr(6)), std::min<std::uint64_t>(std::stoull(text.substr(dash + 1)) + 1, size)};
}

Reply ModelService::media(const WireRequest& request, Version version) {
  const std::string& object = object_of(request, version);
  const ByteRange range = range_of(request, object.size());
  Reply reply{200, {version == Version::Other ? "ETag: \"other\"" : "ETag: \"one\""}, ""};
  if (request.field("Range")) {
    reply.status = 206;
    reply.fields.push_back(fmt::format("Content-Range: bytes {}-{}/{}", range.begin, range.end - 1, object.size()));
  }
  reply.body = object.substr(range.begin, range.size());
  return reply;
}

}  // namespace g2afs::test
