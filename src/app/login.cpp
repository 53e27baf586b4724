// SPDX-License-Identifier: MIT
#include "g2afs/app/login.hpp"

#include <algorithm>

#include <fmt/format.h>

#include "g2afs/app/config_additions.hpp"
#include "g2afs/app/connection_options.hpp"
#include "g2afs/net/concurrency.hpp"

namespace g2afs {
namespace {

Task<bool> serve(RedirectListener& listener) {
  co_await listener.run();
  co_return true;
}

Task<bool> lose_patience(Clock& clock) {
  co_await clock.sleep(Login::kPatience);
  co_return true;
}

std::string_view trimmed(std::string_view text) {
  constexpr std::string_view kBlank = " \t\r\n";
  const auto first = text.find_first_not_of(kBlank);
  if (first == std::string_view::npos) return {};
  return text.substr(first, text.find_last_not_of(kBlank) - first + 1);
}

/// The query of what was pasted; nothing for a code that stands alone.
std::optional<std::string_view> query_of(std::string_view text) {
  const bool url = text.find("://") != std::string_view::npos;
  if (!url && text.find("code=") == std::string_view::npos && text.find("error=") == std::string_view::npos) {
    return std::nullopt;
  }
  text = text.substr(0, text.find('#'));
  const auto question = text.find('?');
  if (question == std::string_view::npos) return url ? std::string_view() : text;
  return text.substr(question + 1);
}

}  // namespace

std::string login_redirect_uri(std::uint16_t port) { return fmt::format("http://127.0.0.1:{}/", port); }

Login::Login(Loop& loop, Clock& clock, Transport& transport, const Config& config, std::uint16_t port)
    : loop_(loop),
      clock_(clock),
      transport_(transport),
      config_(config),
      port_(port),
      authorization_(Authorization::begin(login_redirect_uri(port))),
      listener_(loop, clock, [this](std::string_view query) { return on_query(query); }) {}

Result<Url> Login::page() const { return authorization_url(config_.authorize_url, config_.client_id, authorization_); }

Result<void> Login::listen() { return listener_.listen(port_); }

Task<Result<Secret>> Login::answer() {
  std::vector<Task<bool>> ways;
  ways.push_back(serve(listener_));
  ways.push_back(lose_patience(clock_));
  co_await join_until<bool>(loop_, std::move(ways), [](const bool&) { return true; });
  if (answer_) co_return *answer_;
  co_return fail(
      Errc::Unavailable,
      fmt::format("no answer within {} minutes: if the browser showed an error, check client_id, and that {} is "
                  "a redirect URI of the client",
                  kPatience.count(), authorization_.redirect_uri));
}

RedirectListener::Page Login::on_query(std::string_view query) {
  if (answer_) return {400, "g2afs has got an answer already.", false};
  auto code = read_authorization_answer(query, authorization_);
  if (!code && code.error().code == Errc::NotFound) {
    return {400, "g2afs waits here for the answer of a login, and this is none.", false};
  }
  // Any page in the browser can send such a thing, and so does one that was left open of an earlier login.
  if (!answers(query, authorization_)) return {400, "g2afs: " + code.error().what + "; this one still waits.", false};
  const auto page = code ? RedirectListener::Page{200, "g2afs has got the answer. You can close this window.", true}
                         : RedirectListener::Page{400, "g2afs: " + code.error().what, true};
  answer_.emplace(std::move(code));
  return page;
}

Result<Secret> Login::pasted(std::string_view line) const {
  const std::string_view text = trimmed(line);
  if (text.empty()) return fail(Errc::Invalid, "nothing was pasted");
  std::string query;
  if (const auto of_url = query_of(text)) {
    query = *of_url;
  } else {
    // As it stands in the URL, or as it was before it got there: a plus is no blank in either.
    for (const char c : text) query += c == '+' ? "%2B" : std::string(1, c);
    query = fmt::format("code={}&state={}", query, wire::percent_encode(authorization_.state));
  }
  auto code = read_authorization_answer(query, authorization_);
  if (!code && code.error().code == Errc::NotFound) {
    return fail(Errc::Invalid, "no code in what was pasted: it must be the whole URL that the browser ended at");
  }
  return code;
}

Task<Result<std::vector<std::string>>> Login::finish(Secret code) {
  const Result<wire::TokenAnswer> answer =
      co_await exchange_code(transport_, token_options(config_), authorization_, std::move(code));
  if (!answer) co_return fail(answer.error());

  const auto now = std::chrono::floor<std::chrono::seconds>(clock_.wall_now());
  const StoredTokens tokens{answer->refresh_token, answer->access_token,
                            now + std::chrono::seconds{answer->expires_in}};
  if (const auto written = write_token_file(config_.token_file, tokens); !written) co_return fail(written.error());

  std::vector<std::string> lines{fmt::format("tokens stored in {}", config_.token_file.string())};
  for (auto& line : fill_in_account(*answer)) lines.push_back(std::move(line));
  if (!config_.access_token.empty()) {
    lines.emplace_back("but a fixed access token goes first: remove access_token, or G2AFS_ACCESS_TOKEN, to use them");
  }
  co_return lines;
}

/// The account is whose recordings are wanted: with user_key they would be only those of whoever logged in. A
/// configuration that says whose it wants says enough.
std::vector<std::string> Login::fill_in_account(const wire::TokenAnswer& answer) const {
  if (config_.account_key || config_.user_key || config_.company_id) return {};
  const std::string file = config_.config_file.string();
  const bool account = !answer.account_key.empty();
  if (!account && answer.organizer_key.empty()) {
    return {fmt::format("now give {} the account_key, user_key or company_id, which the server did not tell", file)};
  }
  const ConfigMember member{account ? "account_key" : "user_key", account ? answer.account_key : answer.organizer_key,
                            JsonType::Number};
  const std::string text = written_members({&member, 1});
  if (const auto added = add_to_config_file(file, {&member, 1}); !added) {
    return {fmt::format("now add {} to {}: {}", text, file, added.error().what)};
  }
  std::vector<std::string> lines{fmt::format("added to {}: {}", file, text)};
  if (account && !answer.organizer_key.empty()) {
    lines.push_back(fmt::format("add \"user_key\": {} to see your own sessions only", answer.organizer_key));
  }
  return lines;
}

}  // namespace g2afs
