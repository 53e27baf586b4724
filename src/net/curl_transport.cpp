// SPDX-License-Identifier: MIT
#include "g2afs/net/curl_transport.hpp"

#include <algorithm>
#include <list>
#include <memory>
#include <optional>
#include <utility>

#include <fmt/format.h>

#include "address_policy.hpp"
#include "curl_exchange.hpp"
#include "curl_handle_pool.hpp"
#include "curl_multi.hpp"

#include "g2afs/net/concurrency.hpp"

namespace g2afs {
namespace {

constexpr int kMostRedirects = 5;
// Beside those of media transfers: the API's and the token endpoint's.
constexpr std::size_t kApiConnections = 8;

/// What `location`, absolute or relative, means in an answer of `base`.
Result<Url> resolve(const Url& base, const std::string& location) {
  const std::unique_ptr<CURLU, decltype(&curl_url_cleanup)> url(curl_url(), &curl_url_cleanup);
  char* text = nullptr;
  // Blanks and the like are encoded as browsers do; everything else stays as it came.
  const unsigned flags = CURLU_PATH_AS_IS | CURLU_URLENCODE | CURLU_NON_SUPPORT_SCHEME;
  if (curl_url_set(url.get(), CURLUPART_URL, base.text().c_str(), flags) != CURLUE_OK ||
      curl_url_set(url.get(), CURLUPART_URL, location.c_str(), flags) != CURLUE_OK ||
      curl_url_get(url.get(), CURLUPART_URL, &text, 0) != CURLUE_OK) {
    return fail(Errc::Invalid, "not a URL");
  }
  const std::unique_ptr<char, decltype(&curl_free)> owned(text, &curl_free);
  return Url::parse(text);
}

}  // namespace

class CurlTransport::Engine {
 public:
  Engine(Loop& loop, CurlOptions options, Log& log)
      : loop_(loop),
        options_(std::move(options)),
        log_(log),
        media_(options_.max_connections),
        addresses_(options_.local_origin),
        multi_(loop.context(), options_.max_connections + kApiConnections) {}

  Task<Result<ResponseHead>> perform(const HttpRequest& request, BodySink& sink) {
    if (auto sound = check(request); !sound) co_return fail(sound.error());
    std::optional<Gate::Permit> permit;
    if (request.purpose == Purpose::Media) {
      if (media_.full()) ask_those_paused();
      permit.emplace(co_await media_.enter(static_cast<int>(request.priority)));
    }
    Url url = request.url;
    for (int redirects = 0;; ++redirects) {
      if (auto allowed = check_scheme(url); !allowed) co_return fail(allowed.error());
      auto answer = co_await exchange(request, url, sink);
      if (!answer) co_return fail(answer.error());
      if (answer->location.empty()) co_return std::move(answer->head);
      if (redirects == kMostRedirects) {
        co_return fail(Errc::Unavailable, fmt::format("{}: too many redirects", url.redacted()));
      }
      auto next = resolve(url, answer->location);
      if (!next) {
        co_return fail(Errc::Unavailable, fmt::format("{}: redirected to {}", url.redacted(), next.error().what));
      }
      url = std::move(*next);
    }
  }

  bool crowded() const {
    const auto over = std::count_if(running_.begin(), running_.end(), [](const auto* one) { return one->over(); });
    return media_.waiting() > static_cast<std::size_t>(over);
  }

 private:
  /// Each is asked at the next turn, when whoever asks is in line.
  void ask_those_paused() {
    running_.sort([](const auto* one, const auto* other) { return one->paused_at() < other->paused_at(); });
    for (CurlExchange* one : running_) {
      if (one->paused()) one->resume();
    }
  }

  Task<Result<CurlExchange::Answer>> exchange(const HttpRequest& request, const Url& url, BodySink& sink) {
    const auto one =
        std::make_shared<CurlExchange>(loop_, multi_, handles_.take(), options_, addresses_, request, url, sink);
    const Running running(*this, *one, request.purpose);
    auto answer = co_await one->run();
    if (answer) {
      log_.debug("{}: {}", url.redacted(), answer->head.status);
    } else {
      log_.debug("{}", answer.error().what);
    }
    co_return answer;
  }

  /// A media exchange while it runs.
  class Running {
   public:
    Running(Engine& engine, CurlExchange& one, Purpose purpose) : all_(engine.running_), one_(&one) {
      if (purpose == Purpose::Media) all_.push_back(one_);
    }
    Running(const Running&) = delete;
    Running& operator=(const Running&) = delete;
    ~Running() { all_.remove(one_); }

   private:
    std::list<CurlExchange*>& all_;
    CurlExchange* one_;
  };

  static Result<void> check(const HttpRequest& request) {
    if (request.range && request.range->begin >= request.range->end) {
      return fail(Errc::Invalid, "a request for an empty range");
    }
    const bool broken = std::any_of(request.headers.begin(), request.headers.end(), [](const std::string& line) {
      return line.find_first_of(std::string_view("\r\n\0", 3)) != std::string::npos;
    });
    if (broken || request.authorization.reveal().find_first_of(std::string_view("\r\n\0", 3)) != std::string::npos) {
      return fail(Errc::Invalid, "a request header with a line break");
    }
    return {};
  }

  Result<void> check_scheme(const Url& url) const {
    if (url.secure() || url.loopback() || options_.allow_http) return {};
    return fail(Errc::Invalid, fmt::format("plain http to {} is not allowed (allow_http)", url.host()));
  }

  Loop& loop_;
  const CurlOptions options_;
  Log& log_;
  Gate media_;
  std::list<CurlExchange*> running_;
  AddressPolicy addresses_;
  CurlMulti multi_;
  CurlHandlePool handles_;  // after multi_: curl wants easy handles cleaned up first
};

CurlTransport::CurlTransport(Loop& loop, CurlOptions options, Log& log)
    : engine_(std::make_unique<Engine>(loop, std::move(options), log)) {}

CurlTransport::~CurlTransport() = default;

Task<Result<ResponseHead>> CurlTransport::perform(HttpRequest request, BodySink& sink) {
  co_return co_await engine_->perform(request, sink);
}

bool CurlTransport::crowded() const { return engine_->crowded(); }

}  // namespace g2afs
