// SPDX-License-Identifier: MIT
#include "address_policy.hpp"

#include <arpa/inet.h>
#include <array>
#include <cstdint>
#include <cstring>
#include <netinet/in.h>

namespace g2afs {
namespace {

bool is_local(in_addr address) {
  const std::uint32_t number = ntohl(address.s_addr);
  const bool unspecified = number >> 24 == 0;  // 0.0.0.0 connects to this machine
  const bool loopback = number >> 24 == 127;
  const bool link_local = number >> 16 == 0xA9FE;  // 169.254.0.0/16
  return unspecified || loopback || link_local;
}

bool is_local(const in6_addr& address) {
  if (IN6_IS_ADDR_LOOPBACK(&address) || IN6_IS_ADDR_UNSPECIFIED(&address) || IN6_IS_ADDR_LINKLOCAL(&address)) {
    return true;
  }
  if (!IN6_IS_ADDR_V4MAPPED(&address) && !IN6_IS_ADDR_V4COMPAT(&address)) return false;
  in_addr inner{};
  std::memcpy(&inner, &address.s6_addr[12], sizeof inner);
  return is_local(inner);
}

}  // namespace

bool AddressPolicy::allows(Purpose purpose, const sockaddr& address) {
  const bool local = is_local_address(address);
  local_origin_ = local_origin_ || (local && purpose == Purpose::Api);
  return local_origin_ || !local;
}

bool is_local_address(const sockaddr& address) {
  switch (address.sa_family) {
    case AF_INET: return is_local(reinterpret_cast<const sockaddr_in&>(address).sin_addr);
    case AF_INET6: return is_local(reinterpret_cast<const sockaddr_in6&>(address).sin6_addr);
    default: return true;
  }
}

std::string address_text(const sockaddr& address) {
  std::array<char, INET6_ADDRSTRLEN> text{};
  const void* number = nullptr;
  if (address.sa_family == AF_INET) number = &reinterpret_cast<const sockaddr_in&>(address).sin_addr;
  if (address.sa_family == AF_INET6) number = &reinterpret_cast<const sockaddr_in6&>(address).sin6_addr;
  if (number == nullptr || inet_ntop(address.sa_family, number, text.data(), text.size()) == nullptr) {
    return "an address of an unknown family";
  }
  return text.data();
}

}  // namespace g2afs
