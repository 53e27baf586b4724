// SPDX-License-Identifier: MIT
// The account behind the fault matrix, and the right answers of its three servers: two recordings on one day, one of them
// ready. Loop thread only.
#pragma once

#include <cstdint>
#include <set>
#include <string>
#include <string_view>
#include <vector>

#include "unit/net/wire_server.hpp"

#include "g2afs/base/ids.hpp"
#include "g2afs/net/http.hpp"

namespace g2afs::test {

inline constexpr RecordingId kReady{100}, kUntranscoded{102};
inline constexpr std::size_t kVideoSize = 1 << 20, kSidecarSize = 700;

/// What a request is for.
enum class Call { List, Urls, Transcode, Archive, Token, Media };

struct Reply {
  int status = 200;
  std::vector<std::string> fields;
  std::string body;
};

/// Its head, for a body of this length.
std::string head_of(const Reply& reply, std::size_t length);

class ModelService {
 public:
  /// Of the object behind a media URL; Longer is One and a byte more, by the same name.
  enum class Version { One, Other, Longer };

  static Call call_of(const WireRequest& request);
  Reply answer(const WireRequest& request, Version version = Version::One);

  static const std::string& video(Version version = Version::One);
  static const std::string& sidecar(Version version = Version::One);
  static const std::string& object_of(const WireRequest& request, Version version);
  /// What a media request asks for of an object of this size.
  static ByteRange range_of(const WireRequest& request, std::uint64_t size);

  /// Where the URLs lead, "http://127.0.0.1:1234".
  std::string media_origin;
  std::set<std::uint64_t> archived, transcoding;

 private:
  Reply list(const WireRequest& request) const;
  Reply urls(const WireRequest& request);
  Reply token();
  static Reply media(const WireRequest& request, Version version);
  bool authorized(const WireRequest& request) const;

  int tokens_ = 0, url_calls_ = 0;
};

}  // namespace g2afs::test
