// SPDX-License-Identifier: MIT
#include "g2afs/net/curl_transport.hpp"

#include <algorithm>
#include <list>
#include <memory>
#include <optional>
#include <string_view>
#include <utility>
#include <vector>

#include <fmt/format.h>

#include "address_policy.hpp"
#include "curl_error.hpp"
#include "curl_exchange.hpp"
#include "curl_handle_pool.hpp"
#include "curl_multi.hpp"

#include "g2afs/net/media_gate.hpp"

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
  Engine(Loop& loop, Clock& clock, CurlOptions options, Log& log)
      : loop_(loop),
        options_(std::move(options)),
        log_(log),
        media_(loop, clock, log, options_.max_connections, options_.longest_pause, [this] { ask_those_paused(); }),
        addresses_(options_.local_origin),
        multi_(loop.context(), options_.max_connections + kApiConnections) {}

  std::size_t on_the_wire() const {
    const auto paused = [](const Running* one) { return one->exchange.paused(); };
    return exchanges_ - static_cast<std::size_t>(std::count_if(running_.begin(), running_.end(), paused));
  }

  Task<Result<ResponseHead>> perform(const HttpRequest& request, BodySink& sink) {
    sink.stalled = false;
    sink.reached = Reached::Nothing;
    if (auto sound = check(request); !sound) co_return fail(sound.error());
    std::optional<MediaGate::Permit> permit;
    if (request.purpose == Purpose::Media) {
      auto entered = co_await enter(request, sink);
      if (!entered) co_return fail(entered.error());
      permit.emplace(std::move(*entered));
    }
    Url url = request.url;
    for (int redirects = 0;; ++redirects) {
      if (auto allowed = check_place(request.purpose, url); !allowed) co_return fail(allowed.error());
      auto answer = co_await exchange(request, url, sink, permit ? &*permit : nullptr);
      if (!answer) {
        if (permit) permit->failed();
        co_return fail(answer.error());
      }
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

 private:
  /// A media exchange while it runs.
  struct Running {
    Running(Engine& owner, CurlExchange& its, const MediaGate::Permit& held, BodySink& feeds)
        : engine(owner), exchange(its), permit(held), sink(feeds) {
      engine.running_.push_back(this);
      sink.crowded = [this] { return engine.wanted(*this); };
    }
    Running(const Running&) = delete;
    Running& operator=(const Running&) = delete;
    ~Running() {
      sink.crowded = nullptr;
      engine.running_.remove(this);
    }

    Engine& engine;
    CurlExchange& exchange;
    const MediaGate::Permit& permit;
    BodySink& sink;
  };

  Task<Result<MediaGate::Permit>> enter(const HttpRequest& request, BodySink& sink) {
    MediaGate::Turn turn(media_, request.url.origin(), request.priority);
    sink.hurry = [&turn] { turn.hurry(); };
    const struct Entered {
      BodySink& sink;
      ~Entered() { sink.hurry = nullptr; }
    } entered{sink};
    co_return co_await turn.come();
  }

  /// Whether somebody waits for what `mine` holds and nobody is about to give back.
  bool wanted(const Running& mine) const {
    std::vector<const MediaGate::Permit*> leaving;
    for (const Running* one : running_) {
      if (one != &mine && one->exchange.over()) leaving.push_back(&one->permit);
    }
    return media_.wanted(mine.permit, leaving);
  }

  /// Each that may be in the way is asked at the next turn, when those asked before it have answered.
  void ask_those_paused() {
    running_.sort([](const Running* one, const Running* other) {
      return one->exchange.paused_at() < other->exchange.paused_at();
    });
    for (const Running* one : running_) {
      if (one->exchange.paused() && wanted(*one)) one->exchange.resume();
    }
  }

  /// `permit`: of a media request.
  Task<Result<CurlExchange::Answer>> exchange(const HttpRequest& request, const Url& url, BodySink& sink,
                                              MediaGate::Permit* permit) {
    const auto one =
        std::make_shared<CurlExchange>(loop_, multi_, handles_.take(), options_, addresses_, request, url, sink);
    std::optional<Running> running;
    if (permit != nullptr) {
      running.emplace(*this, *one, *permit, sink);
      // Also where it was redirected: slowing down the host that was asked is what slows down the one that answered.
      one->on_answer = [permit](const ResponseHead& head) { permit->answered(head); };
    }
    ++exchanges_;
    const struct Ended {
      std::size_t& exchanges;
      ~Ended() { --exchanges; }
    } ended{exchanges_};
    auto answer = co_await one->run();
    if (log_.should_log(spdlog::level::debug)) trace(request, url, answer);
    co_return answer;
  }

  /// The request without what is secret of it, and what came of it.
  void trace(const HttpRequest& request, const Url& url, const Result<CurlExchange::Answer>& answer) {
    constexpr std::string_view kMethods[] = {"GET", "POST", "PUT"};
    std::string line(kMethods[static_cast<std::size_t>(request.method)]);
    if (request.range) line += fmt::format(" bytes {}-{} of", request.range->begin, request.range->end - 1);
    if (answer) {
      log_.debug("{} {}: {}", line, url.redacted(), answer->head.status);
    } else {
      log_.debug("{} {}", line, answer.error().what);
    }
  }

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

  Result<void> check_place(Purpose purpose, const Url& url) const {
    if (!addresses_.allows(purpose, url.host())) return fail(refused_address(url, url.host()));
    if (url.secure() || url.loopback() || options_.allow_http) return {};
    return fail(Errc::Invalid, fmt::format("plain http to {} is not allowed (allow_http)", url.host()));
  }

  Loop& loop_;
  const CurlOptions options_;
  Log& log_;
  std::list<Running*> running_;  // media only
  std::size_t exchanges_ = 0;
  MediaGate media_;
  AddressPolicy addresses_;
  CurlMulti multi_;
  CurlHandlePool handles_;  // after multi_: curl wants easy handles cleaned up first
};

CurlTransport::CurlTransport(Loop& loop, Clock& clock, CurlOptions options, Log& log)
    : engine_(std::make_unique<Engine>(loop, clock, std::move(options), log)) {}

CurlTransport::~CurlTransport() = default;

std::size_t CurlTransport::on_the_wire() const { return engine_->on_the_wire(); }

Task<Result<ResponseHead>> CurlTransport::perform(HttpRequest request, BodySink& sink) {
  co_return co_await engine_->perform(request, sink);
}

}  // namespace g2afs
