// SPDX-License-Identifier: MIT
// Easy handles, used again: a handle keeps the TLS sessions it has made. Loop thread only.
#pragma once

#include <memory>
#include <stdexcept>
#include <vector>

#include <curl/curl.h>

namespace g2afs {

class CurlHandlePool {
 public:
  CurlHandlePool() = default;
  CurlHandlePool(const CurlHandlePool&) = delete;
  CurlHandlePool& operator=(const CurlHandlePool&) = delete;
  ~CurlHandlePool() {
    for (CURL* easy : free_) curl_easy_cleanup(easy);
  }

  struct GiveBack {
    CurlHandlePool* pool;
    void operator()(CURL* easy) const {
      curl_easy_reset(easy);
      // A transfer that ended while others used its HTTP/2 connection leaves its receive buffer behind, whose size cannot be
      // set again then (seen with 7.88).
      if (curl_easy_setopt(easy, CURLOPT_BUFFERSIZE, static_cast<long>(CURL_MAX_WRITE_SIZE)) == CURLE_OK) {
        pool->free_.push_back(easy);
      } else {
        curl_easy_cleanup(easy);
      }
    }
  };
  using Handle = std::unique_ptr<CURL, GiveBack>;

  /// A handle with curl's default options; it must be given back (destroyed) before the pool is.
  Handle take() {
    if (free_.empty()) {
      CURL* easy = curl_easy_init();
      if (easy == nullptr) throw std::runtime_error("curl_easy_init: out of memory");
      return Handle(easy, GiveBack{this});
    }
    CURL* easy = free_.back();
    free_.pop_back();
    return Handle(easy, GiveBack{this});
  }

 private:
  std::vector<CURL*> free_;
};

}  // namespace g2afs
