// SPDX-License-Identifier: MIT
#include "g2afs/app/account_checks.hpp"

#include <algorithm>
#include <chrono>

#include <fmt/format.h>

#include "g2afs/app/cache_command.hpp"
#include "g2afs/app/connection_options.hpp"
#include "g2afs/catalog/enumerator.hpp"

namespace g2afs {
namespace {

using std::chrono::seconds;

// A check is to tell what is, not to wait until it is better.
constexpr RetryPolicy kOneTry{.retry_for = std::chrono::milliseconds{0}};
constexpr std::size_t kSample = 10;        // recordings; one may have left since it was listed
constexpr std::uint64_t kDownload = 4096;  // bytes

/// Counts so many bytes and leaves.
class Counted final : public BodySink {
 public:
  explicit Counted(std::uint64_t most) : most_(most) {}
  Flow on_head(const ResponseHead&) override { return Flow::Continue; }
  Flow on_data(std::span<const std::byte> data) override {
    came += data.size();
    return came < most_ ? Flow::Continue : Flow::Stop;
  }
  std::uint64_t came = 0;

 private:
  const std::uint64_t most_;
};

std::string count(const std::vector<RecordingId>& page) {
  return page.size() < kMaxIds ? std::to_string(page.size()) : fmt::format("{} or more", page.size());
}

}  // namespace

AccountChecks::AccountChecks(Loop& loop, Clock& clock, Transport& transport, const Config& config)
    : loop_(loop),
      clock_(clock),
      transport_(transport),
      config_(config),
      tokens_(loop, transport, clock, metrics_, *log_, token_options(config), kOneTry),
      api_(loop, transport, tokens_, clock, metrics_, *log_, archive_options(config), kOneTry) {}

Task<> AccountChecks::run(Checklist& list) {
  co_await meet(list);
  Task<Finding> asking = bounded(check_token());
  Finding token = co_await std::move(asking);
  list.add("token", std::move(token));
  if (list.may("keys", {"connection", "tls", "token"})) {
    co_await check_list(list);
  } else {
    list.may("list", {"keys"});
  }
  if (list.may("urls", {"list"})) {
    Task<Finding> resolving = bounded(check_urls());
    Finding urls = co_await std::move(resolving);
    list.add("urls", std::move(urls));
  }
  if (list.may("download", {"urls"})) {
    Task<Finding> fetching = bounded(check_download());
    Finding download = co_await std::move(fetching);
    list.add("download", std::move(download));
  }
}

Task<Finding> AccountChecks::bounded(Task<Finding> task) {
  struct Wrap {
    static Task<Result<Finding>> run(Task<Finding> inner) { co_return co_await std::move(inner); }
  };
  Task<Result<Finding>> race = bounded<Finding>(Wrap::run(std::move(task)));
  Result<Finding> finding = co_await std::move(race);
  if (finding) co_return *std::move(finding);
  co_return failed(finding.error());
}

Task<Finding> AccountChecks::check_token() {
  if (!config_.access_token.empty()) co_return found("a fixed access_token");
  const Result<Secret> token = co_await tokens_.get_once();
  if (!token) {
    const bool refused = token.error().code == Errc::Denied;
    co_return failed(token.error(), refused ? fmt::format("check client_id and client_secret, then: g2afs login {}",
                                                          config_.config_file.string())
                                            : "check token_url");
  }
  const auto ends = tokens_.expires_at();
  co_return found(ends ? "good until " + format_iso8601(std::chrono::floor<seconds>(*ends)) : "good");
}

Task<> AccountChecks::check_list(Checklist& list) {
  Task<Result<Listing>> asking = bounded<Listing>(ask_list());
  const Result<Listing> listing = co_await std::move(asking);
  if (!listing && listing.error().code == Errc::Denied) {
    // A token may have been called off before its end, and no other be had: that is not the keys' fault.
    Task<Finding> renewing = bounded(check_token());
    Finding token = co_await std::move(renewing);
    if (token.result == Finding::Result::Failed) {
      list.add("keys", std::move(token));
      list.may("list", {"keys"});
      co_return;
    }
    const std::string keys = co_await refused_keys();
    list.add("keys", failed(listing.error(), fmt::format("check {}{}", keys,
                                                         config_.access_token.empty() ? ", and who has logged in"
                                                                                      : ", and access_token")));
    list.may("list", {"keys"});
    co_return;
  }
  if (!listing) {
    list.add("keys", skipped("list was not answered"));
    list.add("list", failed(listing.error()));
    co_return;
  }
  list.add("keys", found("the API takes them"));
  list.add("list", found(fmt::format("{} ready, {} to be transcoded", count(listing->ready_for_download),
                                     count(listing->ready_for_transcode))));
  listing_ = *listing;
}

/// Of the `archived` values that a mount shows, the first that has a recording to look at.
Task<Result<Listing>> AccountChecks::ask_list() {
  Filters filters;
  filters.archived = config_.archived;
  Result<Listing> listing;
  for (const bool archived : filters.archived_values()) {
    ListQuery query;
    query.archived = archived;
    listing = co_await api_.list_once(query);
    if (!listing || !listing->ready_for_download.empty()) break;
  }
  co_return listing;
}

/// Where there are several, each is asked about by itself.
Task<std::string> AccountChecks::refused_keys() {
  using Key = std::optional<std::uint64_t> ArchiveOptions::*;
  constexpr std::pair<const char*, Key> kKeys[] = {{"account_key", &ArchiveOptions::account_key},
                                                   {"user_key", &ArchiveOptions::user_key},
                                                   {"company_id", &ArchiveOptions::company_id}};
  const ArchiveOptions all = archive_options(config_);
  std::string given, refused;
  for (const auto& [name, key] : kKeys) {
    if (!(all.*key)) continue;
    given += (given.empty() ? "" : ", ") + std::string(name);
    ArchiveOptions alone = all;
    alone.account_key = alone.user_key = alone.company_id = std::nullopt;
    alone.*key = all.*key;
    HttpArchiveApi api(loop_, transport_, tokens_, clock_, metrics_, *log_, alone, kOneTry);
    Task<Result<Listing>> asking = bounded<Listing>(api.list_once({}));
    const Result<Listing> listing = co_await std::move(asking);
    if (listing || listing.error().code != Errc::Denied) continue;
    refused += (refused.empty() ? "" : ", ") + std::string(name);
  }
  co_return refused.empty() ? given : refused;
}

Task<Finding> AccountChecks::check_urls() {
  std::vector<RecordingId> ids = listing_.ready_for_download;
  if (ids.empty()) co_return skipped("no recording is ready to be downloaded");
  ids.resize(std::min(ids.size(), kSample));
  const std::size_t asked = ids.size();
  const auto entries = co_await api_.urls(std::move(ids));
  if (!entries) co_return failed(entries.error());
  const auto usable = [](const MediaEntry& entry) { return entry.video && entry.video_size > 0; };
  const auto entry = std::find_if(entries->begin(), entries->end(), usable);
  if (entry == entries->end()) {
    co_return failed({Errc::Unavailable, fmt::format("the answer has none of the {} recordings asked for", asked)},
                     "check ids_parameter and ids_style");
  }
  entry_ = *entry;
  co_return found(fmt::format("recording {} of {}: {}", to_string(entry->id), format_iso8601(entry->start),
                              readable_size(entry->video_size)));
}

Task<Finding> AccountChecks::check_download() {
  if (!entry_) co_return skipped("no recording is ready to be downloaded");
  HttpRequest request;
  request.purpose = Purpose::Media;
  request.url = *entry_->video;
  const ByteRange range{0, std::min(kDownload, entry_->video_size)};
  request.range = range;
  Counted sink(range.size());
  const Result<ResponseHead> head = co_await transport_.perform(std::move(request), sink);
  co_return judge_download(head, sink.came, range);
}

Finding AccountChecks::judge_download(const Result<ResponseHead>& head, std::uint64_t came,
                                      const ByteRange& range) const {
  const std::string origin = entry_->video->origin();
  const auto failure = [&](const std::string& why, std::string remedy = {}) {
    return failed({Errc::Unavailable, origin + ": " + why}, std::move(remedy));
  };
  // Not by its code: what is refused here is a host, not what the user wrote.
  if (!head) return failed({Errc::Unavailable, head.error().what}, "check proxy, the network and firewalls");
  if (head->status != 206 && head->status != 200) {
    return failure(fmt::format("answered {} to a link that is new", head->status),
                   "see whether a proxy or firewall refuses that host; if none does, ask the vendor");
  }
  const bool ranged = head->status == 206;
  const auto total = ranged ? (head->content_range ? head->content_range->total : std::nullopt) : head->content_length;
  if (ranged && (!head->content_range || head->content_range->range != range)) {
    return failure("answered another range than was asked for");
  }
  if (total && *total != entry_->video_size) {
    return failure(fmt::format("the file has {} bytes, and by the API {}", *total, entry_->video_size));
  }
  if (came < range.size()) return failure(fmt::format("only {} of {} bytes came", came, range.size()));
  return found(fmt::format("{}: {}{}", origin, range.size() == 1 ? "1 byte" : fmt::format("{} bytes", range.size()),
                           ranged ? "" : "; it ignores ranges, so reading will be slow"));
}

}  // namespace g2afs
