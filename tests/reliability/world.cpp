// SPDX-License-Identifier: MIT
#include "world.hpp"

#include <atomic>
#include <dlfcn.h>
#include <netdb.h>
#include <string_view>

namespace {

/// Whether look-ups of kName fail; they run on threads of curl's.
std::atomic<bool> name_unknown{false};
constexpr std::string_view kName = "host.test";

}  // namespace

// Takes the place of the C library's, which it calls for every other name.
extern "C" int getaddrinfo(const char* host, const char* service, const addrinfo* hints, addrinfo** result) {
  const auto next = reinterpret_cast<decltype(&getaddrinfo)>(dlsym(RTLD_NEXT, "getaddrinfo"));
  if (host == nullptr || kName != host) return next(host, service, hints, result);
  return name_unknown ? EAI_NONAME : next("127.0.0.1", service, hints, result);
}

namespace g2afs::test {
namespace {

// What stands for `timeout`: long enough for a loaded machine to answer on loopback.
constexpr std::chrono::milliseconds kRealTimeout{150};
// Reached only by what hangs: real time in which nothing happens, and time on the clock.
constexpr std::chrono::seconds kHangs{5};

/// What hosts show over TLS: one whose root is trusted, and one that has the same name.
struct Certificates {
  Certificates() { trusted_identity.write_as_root(directory / "roots.pem"); }
  static std::shared_ptr<asio::ssl::context> context_of(const TlsIdentity& identity) {
    auto context = std::make_shared<asio::ssl::context>(asio::ssl::context::tls_server);
    identity.use_in(*context);
    return context;
  }
  TemporaryDirectory directory;
  TlsIdentity trusted_identity{"IP:127.0.0.1"}, unknown_identity{"IP:127.0.0.1"};
  std::shared_ptr<asio::ssl::context> trusted = context_of(trusted_identity), unknown = context_of(unknown_identity);
};

const Certificates& certificates() {
  static const Certificates instance;
  return instance;
}

}  // namespace

World::World(Fault fault)
    : fault_(fault),
      tls_(fault == Fault::TlsFailure ? certificates().trusted : nullptr),
      transport_(loop_, clock_, curl_options(), *log_, kTimeout),
      tokens_(loop_, transport_, clock_, metrics_, *log_, token_options(), retry_policy()),
      api_(loop_, transport_, tokens_, clock_, metrics_, *log_, archive_options(), retry_policy()),
      enumerator_(loop_, api_, clock_, *log_, Zone::find("UTC").value(), {},
                  [this](auto entries) { urls_.remember(entries); }),
      content_(loop_, transport_, urls_, catalog_, clock_, metrics_, *log_, content_options()) {
  name_unknown = false;
  model_.media_origin = origin(media_host_);
  service_.other_origin = fmt::format("http://127.0.0.1:{}", other_host_.port());
  transport_.on_failure = [this] {
    if (ends_with_failure_) heal();
  };
}

World::~World() {
  loop_.cancel_all();
  loop_.run_until_idle(kHangs);
}

std::string World::origin(const Host& host) const {
  if (tls_) return fmt::format("https://127.0.0.1:{}", host.port());
  return fmt::format("http://{}:{}", fault_ == Fault::DnsFailure ? kName : "127.0.0.1", host.port());
}

CurlOptions World::curl_options() const {
  CurlOptions options;
  options.stall_timeout = kRealTimeout;
  options.longest_pause = kRetryFor / 2;  // as app/mount.cpp
  options.allow_http = true;              // to kName
  options.local_origin = true;
  if (tls_) options.ca_file = certificates().directory / "roots.pem";
  return options;
}

RetryPolicy World::retry_policy() {
  RetryPolicy policy;
  policy.retry_for = kRetryFor;
  return policy;
}

TokenOptions World::token_options() const {
  TokenOptions options;
  options.token_url = Url::parse(origin(token_host_) + "/oauth/token").value();
  options.client_id = "client";
  options.client_secret = Secret("secret");
  options.token_file = directory_.write("token.json", R"({"refresh_token":"refresh"})");
  return options;
}

ArchiveOptions World::archive_options() const {
  ArchiveOptions options;
  options.api_url = Url::parse(origin(api_host_)).value();
  options.account_key = 1;
  return options;
}

ContentOptions World::content_options() {
  ContentOptions options;
  options.retry = retry_policy();
  return options;
}

Task<> World::Mirror::talk(PlainConnection& connection) {
  for (;;) {
    const WireRequest request = co_await connection.read();
    if (request.field("Authorization")) ++leaks;
    const Reply reply = model.answer(request);
    std::string text = head_of(reply, reply.body.size()) + reply.body;
    co_await connection.write(std::move(text));
  }
}

void World::begin_fault(Call call, Lasting lasting) {
  settle();
  faulty_ = call;
  if (lasting == Lasting::FiveSeconds) ends_ = clock_.now() + std::chrono::seconds{5};
  const bool of_the_way = set_way(true);
  ends_with_failure_ = of_the_way && lasting == Lasting::Once;
  service_.order(fault_, call, lasting == Lasting::Once);
  if (of_the_way) transport_.renew();
}

void World::heal() {
  if (!faulty_) return;
  set_way(false);
  service_.heal();
  faulty_.reset();
  ends_.reset();
}

bool World::set_way(bool faulty) {
  Host& host = *faulty_ == Call::Token ? token_host_ : *faulty_ == Call::Media ? media_host_ : api_host_;
  switch (fault_) {
    case Fault::ConnectionRefused: host.refuse_connections(faulty); return true;
    case Fault::DnsFailure: name_unknown = faulty; return true;
    case Fault::TlsFailure: host.use(faulty ? certificates().unknown : certificates().trusted); return true;
    default: return false;
  }
}

void World::settle() {
  do {
    loop_.context().restart();
    while (loop_.context().poll() != 0) {
    }
  } while (wait_for_the_wire());
}

bool World::wait_for_the_wire() {
  if (transport_.on_the_wire() == 0) return false;
  if (loop_.context().run_one_for(kHangs) == 0) throw std::runtime_error("it hangs on the network");
  return true;
}

void World::step() {
  if (ends_ && clock_.now() >= *ends_) heal();
  loop_.context().restart();
  // One at a time, so that the fault ends before the next try.
  if (loop_.context().poll_one() != 0 || wait_for_the_wire()) return;
  if (!clock_.advance_to_next_end()) throw std::runtime_error("it waits for what never comes");
  if (clock_.now() > began_ + std::chrono::hours{1}) throw std::runtime_error("it goes on for ever");
}

}  // namespace g2afs::test
