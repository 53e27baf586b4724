// SPDX-License-Identifier: MIT
// The transport seam: one HTTP exchange, its body streamed into the caller's memory. Loop thread only.
//
// Implementations: CurlTransport (the network) and the tests' FakeTransport.
#pragma once

#include <chrono>
#include <cstddef>
#include <functional>
#include <optional>
#include <span>
#include <string>
#include <vector>

#include "g2afs/base/error.hpp"
#include "g2afs/base/secret.hpp"
#include "g2afs/net/http.hpp"
#include "g2afs/net/task.hpp"
#include "g2afs/net/url.hpp"

namespace g2afs {

enum class Method { Get, Post, Put };

/// Requests that a reader waits for go out before those that run ahead of one: short ones, of a round trip or two,
/// before long ones.
enum class Priority { Interactive, Small, Bulk };

/// What the request is for; media requests never carry credentials, and redirects are followed for them only. One for a
/// token leaves as little behind as can be: it goes over a connection of its own.
enum class Purpose { Api, Token, Media };

struct HttpRequest {
  Method method = Method::Get;
  Purpose purpose = Purpose::Api;
  Priority priority = Priority::Interactive;
  Url url;
  std::vector<std::string> headers;  // "Name: value", without CR or LF, nothing secret
  Secret authorization;              // the Authorization header's value; empty: none. Not sent with Purpose::Media.
  std::string body;                  // sent as it is, with the Content-Type of `headers`
  std::optional<ByteRange> range;
};

enum class Flow {
  Continue,
  Pause,  // these bytes were not taken; they are brought again after resume()
  Stop,   // enough: end the transfer now, as a success
};

/// How far a request got with the host it was last sent to, or with the proxy.
enum class Reached {
  Nothing,
  Address,     // the name was looked up
  Connection,  // somebody listens there
  Request,     // it was sent; with https that is after the handshake
  Answer,      // the head of one
};

/// Takes a response's body. Called on the loop thread while perform() is awaited; it may not call perform().
class BodySink {
 public:
  virtual ~BodySink() = default;
  /// The request goes out; again with each redirect.
  virtual void on_sent() {}
  /// Once, before any data, with the head of the final answer. Pause is not an answer here.
  virtual Flow on_head(const ResponseHead& head) = 0;
  virtual Flow on_data(std::span<const std::byte> data) = 0;

  /// Set by the transport for the length of the transfer: lets a paused body flow again.
  std::function<void()> resume;
  /// Likewise, of a media request: whether another one waits for the connection that this one holds, and none of those
  /// under way is about to give back. A paused body keeps its connection; when a request begins to wait for it, the bytes
  /// that were not taken are brought again, so that a sink that does not need them soon can stop there instead.
  std::function<bool()> crowded;
  /// Set while a media request waits for its turn: somebody waits for it now, so it goes on as Priority::Interactive.
  std::function<void()> hurry;
  /// Set by the transport when perform() returns: it failed because no byte, or hardly any, came for too long.
  bool stalled = false;
  /// Likewise: how far it got.
  Reached reached = Reached::Nothing;
};

class Transport {
 public:
  virtual ~Transport() = default;

  /// Sends the request and feeds the answer to the sink. An answer of any status is a success: the caller judges it.
  /// Errors: Unavailable (could not connect, TLS, reset, stalled, cut short, too many redirects; not sent, since the host
  /// has long failed whatever it was asked), Throttled (not sent, since it answers 429 to everything) and Invalid (a URL
  /// that must not be asked: plain http to a foreign host, an address of this machine named by a foreign API).
  /// Cancellable: the connection is then closed.
  virtual Task<Result<ResponseHead>> perform(HttpRequest request, BodySink& sink) = 0;
};

}  // namespace g2afs
