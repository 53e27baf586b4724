// SPDX-License-Identifier: MIT
// Which addresses a foreign host name may lead to. Any thread.
//
// A media URL comes from the API and its host from DNS; neither may make the daemon talk to services of the
// machine it runs on (nor to the metadata service of a cloud, which is link-local).
#pragma once

#include <string>
#include <sys/socket.h>

namespace g2afs {

/// Loopback, link-local or unspecified, also as an IPv4 address wrapped in IPv6; and any other family.
bool is_local_address(const sockaddr& address);

/// For people, e.g. "127.0.0.1" or "fe80::1".
std::string address_text(const sockaddr& address);

}  // namespace g2afs
