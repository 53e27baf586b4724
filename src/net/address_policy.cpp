// SPDX-License-Identifier: MIT
#include "address_policy.hpp"

#include <algorithm>
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

/// An IPv6 address that stands for an IPv4 one: the prefix in bytes, and where the address begins.
struct Wrapping {
  std::array<std::uint8_t, 12> prefix;
  std::size_t length, place;
};
constexpr std::array kWrappings{
    Wrapping{{}, 12, 12},                                             // ::a.b.c.d, compatible (RFC 4291)
    Wrapping{{0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0xff, 0xff}, 12, 12},     // ::ffff:a.b.c.d, mapped (RFC 4291)
    Wrapping{{0, 0, 0, 0, 0, 0, 0, 0, 0xff, 0xff, 0, 0}, 12, 12},     // ::ffff:0:a.b.c.d, translated (RFC 2765)
    Wrapping{{0, 0x64, 0xff, 0x9b, 0, 0, 0, 0, 0, 0, 0, 0}, 12, 12},  // NAT64 (RFC 6052)
    Wrapping{{0, 0x64, 0xff, 0x9b, 0, 1}, 6, 12},                     // NAT64, of one's own (RFC 8215)
    Wrapping{{0x20, 0x02}, 2, 2},                                     // 6to4 (RFC 3056)
};

bool is_local(const in6_addr& address) {
  if (IN6_IS_ADDR_LOOPBACK(&address) || IN6_IS_ADDR_UNSPECIFIED(&address) || IN6_IS_ADDR_LINKLOCAL(&address)) {
    return true;
  }
  return std::any_of(kWrappings.begin(), kWrappings.end(), [&](const Wrapping& wrapping) {
    if (!std::equal(wrapping.prefix.begin(), wrapping.prefix.begin() + wrapping.length, address.s6_addr)) return false;
    in_addr inner{};
    std::memcpy(&inner, &address.s6_addr[wrapping.place], sizeof inner);
    return is_local(inner);
  });
}

}  // namespace

bool AddressPolicy::allows(Purpose purpose, const sockaddr& address) const {
  return purpose != Purpose::Media || local_origin_ || !is_local_address(address);
}

bool AddressPolicy::allows(Purpose purpose, std::string_view host) const {
  return purpose != Purpose::Media || local_origin_ || !is_local_host(host);
}

void AddressPolicy::connected(Purpose purpose, std::string_view address) {
  local_origin_ = local_origin_ || (purpose == Purpose::Api && is_local_host(address));
}

bool is_local_host(std::string_view host) {
  while (host.ends_with('.')) host.remove_suffix(1);
  const std::string text(host);
  if (in_addr address{}; inet_pton(AF_INET, text.c_str(), &address) == 1) return is_local(address);
  if (in6_addr address{}; inet_pton(AF_INET6, text.c_str(), &address) == 1) return is_local(address);
  return text == "localhost" || text.ends_with(".localhost");
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
