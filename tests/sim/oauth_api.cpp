// SPDX-License-Identifier: MIT
#include "sim/oauth_api.hpp"

#include <nlohmann/json.hpp>

namespace g2a_sim {
namespace {

HttpResponse oauth_error(int status, const char* error, const char* description) {
  HttpResponse response =
      json_response(status, nlohmann::json{{"error", error}, {"error_description", description}}.dump());
  response.headers.emplace_back("Cache-Control", "no-store");
  response.note = std::string(error) + ": " + description;
  return response;
}

}  // namespace

HttpResponse OauthApi::authorize(const HttpRequest& request) {
  const auto parameter = [&](const char* name) { return form_value(request.query, name).value_or(""); };
  if (request.method != "GET") return error_response(405, "authorize is a GET");
  // RFC 6749 4.1.2.1: never redirect when the client or where to redirect is in doubt.
  if (parameter("client_id") != options_.client_id) return error_response(400, "unknown client_id");
  const std::string redirect_uri = parameter("redirect_uri");
  if (!redirect_uri.starts_with("http://") && !redirect_uri.starts_with("https://")) {
    return error_response(400, "redirect_uri is missing or is not http or https");
  }
  std::string location = redirect_uri + (redirect_uri.find('?') == std::string::npos ? "?" : "&");
  if (parameter("response_type") != "code") {
    location += "error=unsupported_response_type";
  } else if (options_.deny_authorize) {
    location += "error=access_denied";
  } else if (const auto challenge = parameter("code_challenge");
             !challenge.empty() && parameter("code_challenge_method") != "S256") {
    location += "error=invalid_request";  // RFC 7636 4.4.1
  } else {
    location += "code=" + percent_encode(tokens_.issue_code(redirect_uri, challenge));
  }
  if (const auto state = form_value(request.query, "state")) location += "&state=" + percent_encode(*state);
  HttpResponse response = text_response(302, "", "text/plain");
  response.headers.emplace_back("Location", location);
  return response;
}

HttpResponse OauthApi::token(const HttpRequest& request) {
  if (request.method != "POST") return oauth_error(405, "invalid_request", "token is a POST");
  if (!client_is_known(request)) {
    HttpResponse response = oauth_error(401, "invalid_client", "client authentication failed");
    response.headers.emplace_back("WWW-Authenticate", "Basic realm=\"oauth\"");
    return response;
  }
  const auto type = request.header("Content-Type").value_or("");
  const auto form = parse_form(request.body);
  if (!type.starts_with("application/x-www-form-urlencoded") || !form) {
    return oauth_error(400, "invalid_request", "the body is not form encoded");
  }
  const auto grant_type = form_value(*form, "grant_type");
  if (!grant_type) return oauth_error(400, "invalid_request", "grant_type is missing");

  std::optional<TokenAuthority::Grant> grant;
  if (*grant_type == "refresh_token") {
    const auto token = form_value(*form, "refresh_token");
    if (!token) return oauth_error(400, "invalid_request", "refresh_token is missing");
    grant = tokens_.refresh(*token);
  } else if (*grant_type == "authorization_code") {
    const auto code = form_value(*form, "code");
    const auto redirect_uri = form_value(*form, "redirect_uri");
    if (!code || !redirect_uri) return oauth_error(400, "invalid_request", "code or redirect_uri is missing");
    grant = tokens_.redeem_code(*code, *redirect_uri, form_value(*form, "code_verifier").value_or(""));
  } else {
    return oauth_error(400, "unsupported_grant_type", "only refresh_token and authorization_code");
  }
  if (!grant) return oauth_error(400, "invalid_grant", "the grant is unknown, used, expired or another client's");

  nlohmann::json body{
      {"access_token", grant->access_token}, {"token_type", "Bearer"}, {"expires_in", options_.token_ttl_seconds}};
  if (grant->refresh_token) body["refresh_token"] = *grant->refresh_token;
  if (options_.token_keys && !options_.account_keys.empty()) {
    body["account_key"] = std::to_string(options_.account_keys.front());
  }
  if (options_.token_keys && !options_.user_keys.empty()) {
    body["organizer_key"] = std::to_string(options_.user_keys.front());
  }
  HttpResponse response = json_response(200, body.dump());
  response.headers.emplace_back("Cache-Control", "no-store");
  return response;
}

bool OauthApi::client_is_known(const HttpRequest& request) const {
  const auto value = request.header("Authorization").value_or("");
  constexpr std::string_view kScheme = "Basic ";
  if (!value.starts_with(kScheme)) return false;
  const auto credentials = base64_decode(value.substr(kScheme.size()));
  if (!credentials) return false;
  // RFC 6749 2.3.1 form-encodes both halves before joining them; the vendor's page does not. Accept either.
  if (*credentials == options_.client_id + ":" + options_.client_secret) return true;
  return *credentials == percent_encode(options_.client_id) + ":" + percent_encode(options_.client_secret);
}

}  // namespace g2a_sim
