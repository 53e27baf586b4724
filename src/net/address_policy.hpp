// SPDX-License-Identifier: MIT
// Which addresses a host name may lead to. Loop thread only.
//
// A media URL comes from the API and its host from DNS; neither may make the daemon talk to services of the machine it
// runs on (nor to the metadata service of a cloud, which is link-local). The API's own host is the user's choice, though;
// where that is such an address (a tunnel, a test), media hosts may be, too.
#pragma once

#include <string>
#include <sys/socket.h>

#include "g2afs/net/transport.hpp"

namespace g2afs {

class AddressPolicy {
 public:
  explicit AddressPolicy(bool local_origin) : local_origin_(local_origin) {}
  /// Whether a transfer for this purpose may connect to that address.
  bool allows(Purpose purpose, const sockaddr& address);

 private:
  bool local_origin_;
};

/// Loopback, link-local or unspecified, also as an IPv4 address wrapped in IPv6; and any other family.
bool is_local_address(const sockaddr& address);

/// For people, e.g. "127.0.0.1" or "fe80::1".
std::string address_text(const sockaddr& address);

}  // namespace g2afs
