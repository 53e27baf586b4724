// SPDX-License-Identifier: MIT
#include "faulty_service.hpp"

#include <array>

#include <asio/steady_timer.hpp>
#include <fmt/format.h>

#include "sim/gzip_stored.hpp"

namespace g2afs::test {
namespace {

// Where in an object what breaks off does so, however often it is asked for: in the sidecar, in what is read first, and
// in what is read in the middle.
constexpr std::array<std::uint64_t, 3> kBreaks{300, 50'000, 650'000};
// Where each try comes further: so far.
constexpr std::size_t kSome = 16 << 10, kSomeOfSidecar = 300;

std::uint64_t size_of(const WireRequest& request) {
  if (ModelService::call_of(request) != Call::Media) return 0;
  return ModelService::object_of(request, ModelService::Version::One).size();
}

bool is_sidecar(const WireRequest& request) { return request.target().find(".events") != std::string::npos; }

/// How much of the body comes before it breaks.
std::size_t before_break(const Reply& reply, const WireRequest& request) {
  if (ModelService::call_of(request) != Call::Media) return reply.body.size() / 2;
  const std::uint64_t begin = ModelService::range_of(request, size_of(request)).begin;
  const std::uint64_t at = is_sidecar(request) ? kBreaks[0] : begin < kVideoSize / 2 ? kBreaks[1] : kBreaks[2];
  return std::min<std::uint64_t>(at - std::min(at, begin), reply.body.size());
}

/// How much of it comes where each try comes further.
std::size_t some_more(const Reply& reply, const WireRequest& request) {
  if (ModelService::call_of(request) != Call::Media) return reply.body.size() / 2;
  return std::min<std::size_t>(reply.body.size(), is_sidecar(request) ? kSomeOfSidecar : kSome);
}

Reply status(int code, std::vector<std::string> fields = {}) { return {code, std::move(fields), "no"}; }

std::string& field(Reply& reply, std::string_view name) {
  for (std::string& one : reply.fields) {
    if (one.rfind(name, 0) == 0) return one;
  }
  return reply.fields.emplace_back();
}

}  // namespace

FaultyService::Answer FaultyService::answer(const WireRequest& request) {
  const Call call = ModelService::call_of(request);
  if (counted_ == call) ++asked;
  if (ordered_ && ordered_->call == call) {
    const Order order = *ordered_;
    if (order.once) ordered_.reset();
    return spoilt(order.fault, request);
  }
  const Reply reply = model_.answer(request);
  const std::string text = head_of(reply, reply.body.size()) + reply.body;
  return {text, {Delivery::How::Whole, text.size()}};
}

std::optional<Reply> FaultyService::instead(Fault fault, const WireRequest& request) const {
  const bool media = ModelService::call_of(request) == Call::Media;
  switch (fault) {
    case Fault::Status400: return status(400);
    case Fault::Status401: return status(401);
    case Fault::Status403: return status(403);
    case Fault::Status404: return status(404);
    case Fault::Status410: return status(410);
    case Fault::Status416: return status(416, {fmt::format("Content-Range: bytes */{}", size_of(request))});
    case Fault::Status429: return status(429);
    case Fault::Status429In3s: return status(429, {"Retry-After: 3"});
    case Fault::Status429In1h: return status(429, {"Retry-After: 3600"});
    case Fault::Status500: return status(500);
    case Fault::Status502: return status(502);
    case Fault::Status503: return status(503);
    case Fault::Status503In3s: return status(503, {"Retry-After: 3"});
    case Fault::HtmlWith200: return Reply{200, {"Content-Type: text/html"}, "<!DOCTYPE html><h1>Please sign in</h1>"};
    case Fault::RedirectToAnotherHost: return status(302, {"Location: " + other_origin + request.target()});
    case Fault::RedirectLoop: return status(302, {"Location: " + request.target()});
    case Fault::WholeForARange:
      if (media) return Reply{200, {"ETag: \"one\""}, ModelService::object_of(request, ModelService::Version::One)};
      return std::nullopt;
    default: return std::nullopt;
  }
}

FaultyService::Answer FaultyService::spoilt(Fault fault, const WireRequest& request) {
  using How = Delivery::How;
  if (fault == Fault::NoAnswer) return {"", {How::Silence, 0}};
  // What is not the right answer is one to a call that was not carried out.
  const std::optional<Reply> other = instead(fault, request);
  using Version = ModelService::Version;
  const Version version = fault == Fault::ObjectChanged ? Version::Other
                          : fault == Fault::AnotherSize ? Version::Longer
                                                        : Version::One;
  Reply reply = other ? *other : model_.answer(request, version);
  const bool media = ModelService::call_of(request) == Call::Media;
  const ByteRange range = media ? ModelService::range_of(request, size_of(request)) : ByteRange{};
  const auto content_range = [&](std::uint64_t shift, std::uint64_t total) {
    field(reply, "Content-Range") =
        fmt::format("Content-Range: bytes {}-{}/{}", range.begin + shift, range.end - 1 + shift, total);
  };
  How how = How::Whole;
  std::size_t sent = reply.body.size();
  switch (fault) {
    case Fault::ResetMidBody: how = How::Reset, sent = before_break(reply, request); break;
    case Fault::Truncated: how = How::Close, sent = before_break(reply, request); break;
    case Fault::CutFurtherOn: how = How::Close, sent = some_more(reply, request); break;
    case Fault::StalledMidBody: how = How::Silence, sent = before_break(reply, request); break;
    case Fault::SlowDrip: how = How::Drip, sent = before_break(reply, request); break;
    case Fault::WrongContentRange:
      reply.status = 206;
      content_range(1, size_of(request));
      break;
    case Fault::WrongLength: reply.body.resize(sent = some_more(reply, request)); break;
    case Fault::GzipUnasked:
      reply.body = g2a_sim::gzip_stored(reply.body);
      reply.fields.emplace_back("Content-Encoding: gzip");
      sent = reply.body.size();
      break;
    default: break;
  }
  const std::string head = head_of(reply, reply.body.size());
  const bool in_head = how != How::Whole && reply.body.empty();
  return {head + reply.body, {how, in_head ? head.size() / 2 : head.size() + sent}};
}

Task<> FaultyService::pause(std::chrono::milliseconds time) {
  asio::steady_timer timer(loop_.context(), time);
  co_await timer.async_wait(asio::use_awaitable);
}

}  // namespace g2afs::test
