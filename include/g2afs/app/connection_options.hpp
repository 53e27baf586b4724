// SPDX-License-Identifier: MIT
// What of a configuration the rooms net and api are given: by a mount, and by the commands that log in and check, which
// are to meet the network as a mount does. Any thread; pure.
#pragma once

#include "g2afs/api/http_archive_api.hpp"
#include "g2afs/api/token_source.hpp"
#include "g2afs/app/config.hpp"
#include "g2afs/net/curl_transport.hpp"
#include "g2afs/net/retry.hpp"

namespace g2afs {

CurlOptions curl_options(const Config& config);
RetryPolicy retry_policy(const Config& config);
TokenOptions token_options(const Config& config);
ArchiveOptions archive_options(const Config& config);

}  // namespace g2afs
