// SPDX-License-Identifier: MIT
// What /.g2afs/status.json says (SPEC.md, "Seeing what it does"). Loop thread only.
#pragma once

#include <string>

#include "g2afs/api/http_archive_api.hpp"
#include "g2afs/api/token_source.hpp"
#include "g2afs/base/metrics.hpp"
#include "g2afs/catalog/catalog.hpp"
#include "g2afs/content/content.hpp"
#include "g2afs/net/clock.hpp"

namespace g2afs {

class Status {
 public:
  Status(const HttpArchiveApi& api, const TokenSource& tokens, const Catalog& catalog, const Content& content,
         Metrics& metrics, const Clock& clock, std::string account);

  /// The JSON text, with a final newline. No token, no URL.
  std::string render() const;

 private:
  const HttpArchiveApi& api_;
  const TokenSource& tokens_;
  const Catalog& catalog_;
  const Content& content_;
  Metrics& metrics_;
  const Clock& clock_;
  const std::string account_;
  const MonotonicTime started_;
};

}  // namespace g2afs
