// SPDX-License-Identifier: MIT
// The vendor's wire format (wire.hpp): whatever a body is, what is taken of it obeys the limits of its types, what is
// refused is told in one line without a URL in it, and what is taken comes back the same from the format's plain form.
#include <algorithm>
#include <limits>
#include <unordered_set>

#include <nlohmann/json.hpp>

#include "input.hpp"
#include "property.hpp"

#include "g2afs/api/wire.hpp"

using namespace g2afs;
using nlohmann::json;

namespace {

void check_line(std::string_view line) {
  G2AFS_PROPERTY(!line.empty());
  G2AFS_PROPERTY(std::all_of(line.begin(), line.end(), [](char c) { return c >= ' ' && c <= '~'; }));
  G2AFS_PROPERTY(line.find("://") == std::string_view::npos);
}

template <class T>
bool usable(const Result<T>& parsed) {
  if (parsed) return true;
  G2AFS_PROPERTY(parsed.error().code == Errc::Unavailable);
  check_line(parsed.error().what);
  return false;
}

void check_ids(const std::vector<RecordingId>& ids) {
  std::unordered_set<RecordingId> seen;
  for (const RecordingId id : ids) {
    G2AFS_PROPERTY(seen.insert(id).second);
    G2AFS_PROPERTY(parse_id_name(to_string(id)) == id);
  }
}

json texts_of(const std::vector<RecordingId>& ids) {
  json array = json::array();
  for (const RecordingId id : ids) array.push_back(to_string(id));
  return array;
}

void check_listing(std::string_view body) {
  const auto parsed = wire::parse_listing(body);
  if (!usable(parsed)) return;
  const Listing& listing = parsed->value;
  check_ids(listing.ready_for_transcode);
  check_ids(listing.ready_for_download);
  for (const auto& line : parsed->rejected) check_line(line);

  const json plain{{"readyForTranscode", texts_of(listing.ready_for_transcode)},
                   {"readyForDownload", texts_of(listing.ready_for_download)}};
  const auto again = wire::parse_listing(plain.dump());
  G2AFS_PROPERTY(again && again->rejected.empty());
  G2AFS_PROPERTY(again->value.ready_for_transcode == listing.ready_for_transcode);
  G2AFS_PROPERTY(again->value.ready_for_download == listing.ready_for_download);
}

void check_url(const Url& url) {
  G2AFS_PROPERTY(url.scheme() == "http" || url.scheme() == "https");
  G2AFS_PROPERTY(!url.host().empty() && url.port() != 0 && url.path().starts_with('/'));
  for (const std::string& text : {url.text(), url.origin() + url.path()}) {
    const auto again = Url::parse(text);
    G2AFS_PROPERTY(again && again->same_origin(url) && again->path() == url.path());
  }
  G2AFS_PROPERTY(url.redacted() == url.origin() + "/…");
}

json plain_form(const MediaEntry& media) {
  json entry{{"recordingId", media.id.value},
             {"recordingStartTime", format_iso8601(media.start)},
             {"recordingSize", media.video_size},
             {"recordingUrl", media.video->text()}};
  if (media.events) entry["eventsUrl"] = media.events->text();
  if (media.thumbnail) entry["thumbnailUrl"] = media.thumbnail->text();
  return entry;
}

void check_urls(std::string_view body) {
  const auto parsed = wire::parse_urls(body);
  if (!usable(parsed)) return;
  for (const auto& line : parsed->rejected) check_line(line);
  std::unordered_set<RecordingId> seen;
  json list = json::array();
  for (const MediaEntry& media : parsed->value) {
    G2AFS_PROPERTY(seen.insert(media.id).second);
    G2AFS_PROPERTY(media.video_size <= static_cast<std::uint64_t>(std::numeric_limits<std::int64_t>::max()));
    G2AFS_PROPERTY(media.video.has_value());
    for (const FileKind kind : kFileKinds) {
      if (media.url(kind)) check_url(*media.url(kind));
    }
    // The plain form has years of four digits; an offset can lead out of them.
    if (parse_iso8601(format_iso8601(media.start)) != media.start) return;
    list.push_back(plain_form(media));
  }
  const auto again = wire::parse_urls(list.dump());
  G2AFS_PROPERTY(again && again->value.size() == list.size());
  for (std::size_t i = 0; i < list.size(); ++i) G2AFS_PROPERTY(plain_form(again->value[i]) == list[i]);
}

void check_token(std::string_view body) {
  const auto parsed = wire::parse_token(body);
  if (usable(parsed)) {
    const std::string& token = parsed->access_token.reveal();
    G2AFS_PROPERTY(!token.empty());
    G2AFS_PROPERTY(std::all_of(token.begin(), token.end(), [](char c) { return c > ' ' && c <= '~'; }));
    G2AFS_PROPERTY(parsed->expires_in >= 0 && parsed->expires_in <= wire::kLongestLife.count());
    for (const auto& key : {parsed->account_key, parsed->organizer_key}) {
      G2AFS_PROPERTY(key.empty() || parse_id_name(key));
    }
  }
  const std::string error = wire::parse_token_error(body);
  G2AFS_PROPERTY(error.size() < 32);
  if (!error.empty()) check_line(error);
}

void check_encoding(std::string_view text) {
  const std::string encoded = wire::percent_encode(text);
  std::string decoded;
  for (std::size_t at = 0; at < encoded.size(); ++at) {
    if (encoded[at] != '%') {
      G2AFS_PROPERTY(std::isalnum(static_cast<unsigned char>(encoded[at])) ||
                     std::string_view("-._~").find(encoded[at]) != std::string_view::npos);
      decoded += encoded[at];
    } else {
      decoded += static_cast<char>(std::stoi(encoded.substr(at + 1, 2), nullptr, 16));
      at += 2;
    }
  }
  G2AFS_PROPERTY(decoded == text);
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  const std::string_view body = test::text_of(data, size);
  check_listing(body);
  check_urls(body);
  check_token(body);
  check_encoding(body);
  if (const auto url = Url::parse(body)) check_url(*url);
  return 0;
}
