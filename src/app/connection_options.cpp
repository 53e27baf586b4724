// SPDX-License-Identifier: MIT
#include "g2afs/app/connection_options.hpp"

#include <algorithm>

namespace g2afs {
namespace {

// A request that brings less is stalled: nobody sees a recording, or lists a month, at that rate.
constexpr std::size_t kSlowest = 128;  // bytes a second

}  // namespace

CurlOptions curl_options(const Config& config) {
  CurlOptions options;
  options.stall_timeout = config.timeout;
  options.stall_bytes = std::max<std::size_t>(1, kSlowest * static_cast<std::size_t>(config.timeout.count()) / 1'000);
  options.connect_timeout = std::min(options.connect_timeout, config.timeout);
  options.max_connections = static_cast<std::size_t>(config.max_connections);
  options.receive_buffer =
      std::clamp<std::size_t>(config.memory_limit / 8 / options.max_connections, 16 << 10, options.receive_buffer);
  // A read from a host that refuses everything shall fail by retry_for, not when its server would like to be asked again.
  options.longest_pause = std::min<std::chrono::milliseconds>(options.longest_pause, config.retry_for / 2);
  options.allow_http = config.allow_http;
  options.local_origin = config.api_url.loopback();
  options.ca_file = config.ca_file;
  options.proxy = config.proxy;
  options.user_agent = "g2afs/" G2AFS_VERSION;
  return options;
}

RetryPolicy retry_policy(const Config& config) {
  RetryPolicy policy;
  policy.retry_for = config.retry_for;
  return policy;
}

TokenOptions token_options(const Config& config) {
  return {config.access_token, config.token_url, config.client_id, config.client_secret, config.token_file};
}

ArchiveOptions archive_options(const Config& config) {
  ArchiveOptions options;
  options.api_url = config.api_url;
  options.account_key = config.account_key;
  options.user_key = config.user_key;
  options.company_id = config.company_id;
  if (config.session_type != SessionType::Both)
    options.session_type = config.session_type == SessionType::Attended ? 0 : 1;
  options.ids_parameter = config.ids_parameter;
  options.ids_style = config.ids_style;
  options.connections = static_cast<std::size_t>(config.api_connections);
  return options;
}

}  // namespace g2afs
