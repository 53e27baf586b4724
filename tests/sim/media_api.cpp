// SPDX-License-Identifier: MIT
#include "sim/media_api.hpp"

#include <algorithm>

#include <fmt/format.h>

#include "sim/byte_range.hpp"
#include "sim/iso_time.hpp"
#include "sim/random.hpp"

namespace g2a_sim {
namespace {

// An object of another size than the recording's: cut off, or continued with zeros.
class ResizedSource final : public ByteSource {
 public:
  ResizedSource(std::shared_ptr<const ByteSource> inner, std::int64_t delta)
      : inner_(std::move(inner)),
        size_(delta < 0 ? inner_->size() - std::min<std::uint64_t>(inner_->size(), static_cast<std::uint64_t>(-delta))
                        : inner_->size() + static_cast<std::uint64_t>(delta)) {}
  std::uint64_t size() const override { return size_; }
  bool read(std::uint64_t offset, std::span<char> out) const override {
    const std::uint64_t real =
        offset < inner_->size() ? std::min<std::uint64_t>(out.size(), inner_->size() - offset) : 0;
    std::fill(out.begin() + static_cast<std::ptrdiff_t>(real), out.end(), '\0');
    return real == 0 || inner_->read(offset, out.first(real));
  }

 private:
  std::shared_ptr<const ByteSource> inner_;
  std::uint64_t size_;
};

std::string content_type_of(FileKind kind, const std::string& path) {
  if (kind == FileKind::kMp4) return "video/mp4";
  if (kind == FileKind::kEvents) return "application/octet-stream";
  const std::string suffix = path.substr(path.rfind('.') + 1);
  return suffix == "jpg" ? "image/jpeg" : "image/" + suffix;
}

bool is(const Fault* fault, FaultKind kind) { return fault != nullptr && fault->kind == kind; }

}  // namespace

MediaApi::MediaApi(const SimOptions& options, Account& account, const SimClock& clock)
    : options_(options), account_(account), clock_(clock), signer_(options.seed, options.url_ttl_seconds * 1000) {}

std::string MediaApi::suffix_of(const RecordingView& view, FileKind kind) const {
  return kind == FileKind::kMp4 ? "mp4" : kind == FileKind::kEvents ? "events" : view.thumbnail_suffix;
}

std::string MediaApi::url_for(const RecordingView& view, FileKind kind) {
  const std::uint64_t id = view.recording.id;
  std::string name = std::to_string(id);
  if (const std::string suffix = suffix_of(view, kind); !suffix.empty()) name += "." + suffix;
  if (!options_.media_base.empty()) return fmt::format("{}/{}", options_.media_base, name);
  const std::string token = signer_.issue(id, kind, clock_.now_ms());
  return options_.token_in_query ? fmt::format("{}/r/{}?token={}", origin_, name, token)
                                 : fmt::format("{}/r/{}/{}", origin_, token, name);
}

std::optional<MediaApi::Address> MediaApi::address_of(const HttpRequest& request) {
  std::string_view rest = std::string_view(request.path).substr(3);
  Address address;
  if (const std::size_t slash = rest.find('/'); slash != std::string_view::npos) {
    address.token = rest.substr(0, slash);
    rest.remove_prefix(slash + 1);
  } else {
    address.token = form_value(request.query, "token").value_or("");
  }
  const std::size_t dot = rest.find('.');
  const auto id = parse_unsigned(rest.substr(0, dot));
  if (!id) return std::nullopt;
  const std::string_view suffix = dot == std::string_view::npos ? "" : rest.substr(dot + 1);
  address.id = *id;
  address.kind = suffix == "mp4" ? FileKind::kMp4 : suffix == "events" ? FileKind::kEvents : FileKind::kThumbnail;
  return address;
}

HttpResponse MediaApi::handle(const HttpRequest& request, const Fault* fault, RequestLog::Trace& trace) {
  if (request.header("Authorization")) {
    trace.leaked();
    return error_response(400, "an Authorization header does not belong here");
  }
  if (request.method != "GET" && request.method != "HEAD") {
    HttpResponse response = error_response(405, "media can only be read");
    response.headers.emplace_back("Allow", "GET, HEAD");
    return response;
  }
  const auto address = address_of(request);
  if (!address) return error_response(404, "no such object");
  switch (signer_.check(address->token, address->id, address->kind, clock_.now_ms())) {
    case UrlSigner::Verdict::kValid: break;
    case UrlSigner::Verdict::kExpired: return error_response(options_.url_status, "the URL has expired");
    case UrlSigner::Verdict::kForged: return error_response(options_.url_status, "the URL is not valid");
  }
  if (is(fault, FaultKind::kChangeObject)) account_.bump_version(address->id);
  return serve(request, *address, fault);
}

HttpResponse MediaApi::serve(const HttpRequest& request, const Address& address, const Fault* fault) {
  const auto opened = account_.open(address.id, address.kind);
  if (!opened) return error_response(404, "no such object");
  const Recording& recording = opened->view.recording;
  auto source = opened->source;
  if (is(fault, FaultKind::kWrongLength)) source = std::make_shared<ResizedSource>(source, fault->delta);
  const std::uint64_t size = source->size();

  HttpResponse response;
  const std::string etag = fmt::format(
      "\"{:016x}\"",
      hash_of(options_.seed, address.id, 0xE7A6, static_cast<std::uint64_t>(address.kind), recording.version));
  // A recording is stored some minutes after it started; a new version later still.
  const std::int64_t modified_ms = recording.start_ms + (600 + recording.version * 60LL) * kSecondMs;
  const std::string last_modified = format_http_date(modified_ms);
  if (!options_.no_etag) response.headers.emplace_back("ETag", etag);
  if (!options_.no_last_modified) response.headers.emplace_back("Last-Modified", last_modified);

  const auto names_us = [&](std::string_view value) {
    return value == "*" || (!options_.no_etag && value.find(etag) != std::string_view::npos);
  };
  if (const auto match = request.header("If-Match"); match && !names_us(*match)) {
    return error_response(412, "the object is another one now");
  }
  if (const auto match = request.header("If-None-Match"); match && names_us(*match)) {
    response.status = 304;
    return response;
  }

  response.headers.emplace_back("Content-Type", content_type_of(address.kind, request.path));
  response.source = source;
  response.length = size;
  if (options_.ignore_ranges || is(fault, FaultKind::kIgnoreRange)) return response;
  response.headers.emplace_back("Accept-Ranges", "bytes");
  const auto condition = request.header("If-Range");
  const bool same = !condition || (!options_.no_etag && *condition == etag) ||
                    (!options_.no_last_modified && *condition == last_modified);
  ByteRange range = same ? parse_range(request.header("Range"), size) : ByteRange{};
  if (range.kind == ByteRange::Kind::kWhole) return response;
  if (range.kind == ByteRange::Kind::kUnsatisfiable) {
    HttpResponse refusal = error_response(416, "the range begins beyond the object's end");
    refusal.headers.emplace_back("Content-Range", fmt::format("bytes */{}", size));
    return refusal;
  }
  if (is(fault, FaultKind::kShortRange)) range.last = range.first + (range.last - range.first) / 2;
  response.status = 206;
  response.offset = range.first;
  response.length = range.last - range.first + 1;
  const std::uint64_t lie = is(fault, FaultKind::kWrongContentRange) ? static_cast<std::uint64_t>(fault->delta) : 0;
  response.headers.emplace_back("Content-Range",
                                fmt::format("bytes {}-{}/{}", range.first + lie, range.last + lie, size));
  return response;
}

}  // namespace g2a_sim
