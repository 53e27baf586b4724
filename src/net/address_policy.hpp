// SPDX-License-Identifier: MIT
// Which addresses a host name may lead to. Loop thread only.
//
// A media URL comes from the API and its host from DNS; neither may make the daemon talk to services of the machine it
// runs on (nor to the metadata service of a cloud, which is link-local). The API's own host is the user's choice, though;
// where that is such an address (a tunnel, a test), media hosts may be, too. What counts is that the API was spoken to
// there, for https with its certificate: its name may lead anywhere, and trying is no proof. The token server's place says
// nothing of where media are. Private networks are not refused: media may well come by way of one.
#pragma once

#include <string>
#include <string_view>
#include <sys/socket.h>

#include "g2afs/net/transport.hpp"

namespace g2afs {

class AddressPolicy {
 public:
  explicit AddressPolicy(bool local_origin) : local_origin_(local_origin) {}
  /// Whether a transfer for this purpose may connect to that address.
  bool allows(Purpose purpose, const sockaddr& address) const;
  /// Whether it may ask for that host of a URL; a name may lead to an address that it may not connect to. Behind a proxy,
  /// which may well be on this machine, it is all that can be seen.
  bool allows(Purpose purpose, std::string_view host) const;
  /// A request goes out to the address of this text.
  void connected(Purpose purpose, std::string_view address);

 private:
  bool local_origin_;
};

/// Loopback, link-local or unspecified, also as an IPv4 address wrapped in IPv6; and any other family.
bool is_local_address(const sockaddr& address);
/// The same of a host of a URL, as far as it is an address; and every name for this machine (RFC 6761).
bool is_local_host(std::string_view host);

/// For people, e.g. "127.0.0.1" or "fe80::1".
std::string address_text(const sockaddr& address);

}  // namespace g2afs
