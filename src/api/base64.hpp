// SPDX-License-Identifier: MIT
// Base64, by OpenSSL. Any thread; pure.
#pragma once

#include <openssl/evp.h>
#include <string>
#include <string_view>

namespace g2afs {

/// RFC 4648, 4: with padding.
inline std::string base64(std::string_view bytes) {
  std::string text((bytes.size() + 2) / 3 * 4 + 1, '\0');  // and the NUL that OpenSSL puts behind it
  const int size =
      EVP_EncodeBlock(reinterpret_cast<unsigned char*>(text.data()),
                      reinterpret_cast<const unsigned char*>(bytes.data()), static_cast<int>(bytes.size()));
  text.resize(static_cast<std::size_t>(size));
  return text;
}

/// RFC 4648, 5: fit for URLs; without padding.
inline std::string base64url(std::string_view bytes) {
  std::string text = base64(bytes);
  for (char& c : text) c = c == '+' ? '-' : c == '/' ? '_' : c;
  text.erase(text.find_last_not_of('=') + 1);
  return text;
}

}  // namespace g2afs
