// SPDX-License-Identifier: MIT
// The first part of account_checks.hpp: the way to the API, by one request.
#include <arpa/inet.h>
#include <chrono>

#include <fmt/format.h>

#include "g2afs/app/account_checks.hpp"
#include "g2afs/app/progress_text.hpp"

namespace g2afs {
namespace {

using std::chrono::seconds;

// HTTP's dates are whole seconds, and nobody minds a minute: days and tokens are longer.
constexpr seconds kMostSkew{60};

bool is_address(const std::string& host) {
  in6_addr address{};
  return inet_pton(AF_INET, host.c_str(), &address) == 1 || inet_pton(AF_INET6, host.c_str(), &address) == 1;
}

/// Takes the head and leaves.
class HeadOnly final : public BodySink {
 public:
  Flow on_head(const ResponseHead&) override { return Flow::Stop; }
  Flow on_data(std::span<const std::byte>) override { return Flow::Stop; }
};

}  // namespace

/// What came of one request without credentials, which any answer will do for.
struct AccountChecks::Contact {
  Result<ResponseHead> head;
  Reached reached = Reached::Nothing;
};

Task<> AccountChecks::meet(Checklist& list) {
  Contact met = co_await contact();
  judge(list, met);
}

Task<AccountChecks::Contact> AccountChecks::contact() {
  HeadOnly sink;
  struct Ask {
    static Task<Result<ResponseHead>> run(Transport& transport, Url url, BodySink& sink) {
      HttpRequest request;
      request.url = std::move(url);
      co_return co_await transport.perform(std::move(request), sink);
    }
  };
  Task<Result<ResponseHead>> asking = bounded<ResponseHead>(Ask::run(transport_, config_.api_url, sink));
  Result<ResponseHead> head = co_await std::move(asking);
  Contact met{std::move(head), sink.reached};
  co_return met;
}

void AccountChecks::judge(Checklist& list, const Contact& contact) const {
  const Url& api = config_.api_url;
  const auto failure = [&](std::string remedy) { return failed(contact.head.error(), std::move(remedy)); };
  const bool answered = contact.head.has_value();
  if (answered || contact.reached >= Reached::Address) {
    const std::string_view what = is_address(api.host()) ? "is an address" : "is known";
    list.add("dns", found(config_.proxy.empty() ? fmt::format("{} {}", api.host(), what) : "by the proxy"));
  } else {
    list.add("dns", failure("check api_url, proxy, the network and /etc/resolv.conf"));
  }
  if (list.may("connection", {"dns"})) {
    list.add("connection", answered || contact.reached >= Reached::Connection
                               ? found(api.origin())
                               : failure("check api_url, proxy, the network and firewalls"));
  }
  if (list.may("tls", {"connection"})) {
    list.add("tls", !api.secure() ? skipped("api_url is plain http")
                    : answered || contact.reached >= Reached::Request
                        ? found("the certificate is trusted")
                        : failure("check ca_file, proxy, the clock, and the package ca-certificates"));
  }
  if (list.may("clock", {"tls"})) list.add("clock", clock_of(contact));
}

Finding AccountChecks::clock_of(const Contact& contact) const {
  if (!contact.head) return skipped(contact.head.error().what);
  if (!contact.head->date) return skipped("the API's answer has no Date");
  const auto skew = std::chrono::floor<seconds>(clock_.wall_now()) - *contact.head->date;
  const auto size = skew < seconds{0} ? -skew : skew;
  const std::string_view side = skew < seconds{0} ? "behind" : "ahead of";
  if (size == seconds{0}) return found("the same as the API's");
  if (size <= kMostSkew) return found(fmt::format("{} s {} the API's", size.count(), side));
  return failed({Errc::Unavailable, fmt::format("{} {} the API's", format_duration(size), side)},
                "set this machine's clock: timedatectl set-ntp true");
}

}  // namespace g2afs
