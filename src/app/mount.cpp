// SPDX-License-Identifier: MIT
#include "g2afs/app/mount.hpp"

#include <csignal>
#include <malloc.h>

#include <asio/steady_timer.hpp>
#include <asio/use_awaitable.hpp>
#include <fmt/format.h>
#include <systemd/sd-daemon.h>
#include <xxhash.h>

#include "g2afs/app/config_keys.hpp"
#include "g2afs/app/connection_options.hpp"
#include "g2afs/net/media_gate.hpp"

namespace g2afs {
namespace {

// The check before mounting: whoever waits for the shell to return waits no longer than this for a dead network.
constexpr auto kCheckLimit = std::chrono::seconds{15};
// SPEC.md: the daemon ends within 2 s. Cancelling takes one turn of the loop.
constexpr auto kUnwindLimit = std::chrono::milliseconds{1'000};
// URLs of about 10,000 recordings: those of the directories that were listed last.
constexpr std::size_t kUrlMemory = 8 << 20;

Filters filters(const Config& config) {
  Filters filters;
  filters.archived = config.archived;
  filters.from = config.from_time;
  filters.to = config.to_time;
  filters.time_period = config.time_period;
  return filters;
}

/// A file for each set of recordings that a configuration can show: mounts that show different ones share none.
std::filesystem::path store_file(const Config& config) {
  const auto text = [](const auto& value) { return value ? std::to_string(*value) : "-"; };
  const auto time = [](const std::optional<Time>& value) { return value ? format_iso8601(*value) : "-"; };
  const std::string shown = fmt::format(
      "{} {} {} {} {} {} {} {} {} {}", config.api_url.text(), text(config.account_key), text(config.user_key),
      text(config.company_id), static_cast<int>(config.session_type), static_cast<int>(config.archived),
      time(config.from_time), time(config.to_time), text(config.time_period), config.time_zone.name());
  return config.state_dir / fmt::format("catalog-{:016x}.sqlite", XXH3_64bits(shown.data(), shown.size()));
}

CatalogOptions catalog_options(const Config& config) {
  CatalogOptions options;
  options.dir_ttl = config.dir_ttl;
  options.filters = filters(config);
  return options;
}

bool has_disk_cache(const Config& config) { return config.cache_size > 0 && !config.cache_dir.empty(); }

ContentOptions content_options(const Config& config) {
  ContentOptions options;
  options.memory_limit = config.memory_limit;
  options.bulk_connections = MediaGate::bulk_places(static_cast<std::size_t>(config.max_connections));
  options.retry = retry_policy(config);
  options.timeout = config.timeout;
  if (has_disk_cache(config)) {
    options.disk.emplace();
    // Ids are unique across the accounts of one API.
    options.disk->cache = {config.cache_dir, config.cache_size, config.api_url.text()};
  }
  return options;
}

SessionOptions session_options(const Config& config, const MountCommand& command) {
  SessionOptions options;
  options.mountpoint = command.mountpoint;
  if (!config.config_file.empty()) options.source = config.config_file;
  options.options = command.options.fuse;
  options.debug = command.debug;
  options.passthrough = has_disk_cache(config);
  options.entry_timeout = config.dir_ttl;
  options.attribute_timeout = config.dir_ttl;
  return options;
}

}  // namespace

Mount::Mount(const Config& config, const MountCommand& command, std::shared_ptr<Log> log)
    : log_(std::move(log)),
      config_(config),
      transport_(loop_, clock_, curl_options(config), *log_),
      tokens_(loop_, transport_, clock_, metrics_, *log_, token_options(config), retry_policy(config)),
      api_(loop_, transport_, tokens_, clock_, metrics_, *log_, archive_options(config), retry_policy(config)),
      urls_(loop_, api_, clock_, kUrlMemory),
      enumerator_(loop_, api_, clock_, *log_, config.time_zone, filters(config),
                  [this](std::span<const MediaEntry> entries) { urls_.remember(entries); }),
      store_(store_file(config), config.dir_ttl, clock_, *log_),
      catalog_(loop_, enumerator_, clock_, metrics_, *log_, catalog_options(config)),
      content_(loop_, transport_, urls_, catalog_, clock_, metrics_, *log_, content_options(config)),
      control_(loop_, api_, catalog_, clock_, *log_, static_cast<std::size_t>(config.api_connections)),
      status_(api_, tokens_, catalog_, content_, metrics_, clock_, config.name),
      virtual_files_(
          [this] {
            content_.update_metrics();
            return status_.render();
          },
          [this] {
            content_.update_metrics();
            return metrics_.text();
          }),
      file_system_(catalog_, content_, control_, virtual_files_, {config.uid, config.gid, config.umask}),
      session_(file_system_, loop_, clock_, *log_, session_options(config, command)) {
  catalog_.set_kernel_cache(&session_.kernel_cache());
  if (config.cache_size > 0 && config.cache_dir.empty()) {
    log_->warn("HOME is not set and cache_dir not given: nothing is kept on disk");
  }
}

Result<void> Mount::check() {
  std::optional<Result<Listing>> answer;
  struct Ask {
    static Task<> run(HttpArchiveApi& api, bool archived, std::optional<Result<Listing>>& out) {
      ListQuery query;
      query.archived = archived;
      out.emplace(co_await api.list_once(query));
    }
  };
  const bool archived = enumerator_.first_archived_value();
  const TaskId asking = loop_.spawn(Ask::run(api_, archived, answer));
  if (!loop_.run_until_idle(kCheckLimit)) {
    loop_.cancel(asking);
    loop_.run_until_idle(kUnwindLimit);
    return fail(Errc::Unavailable, fmt::format("no answer within {} s", kCheckLimit.count()));
  }
  if (!*answer) return fail(answer->error());
  enumerator_.first_page(archived, std::move(**answer));
  return {};
}

Result<void> Mount::mount() {
  catalog_.restore(store_.load());
  catalog_.set_store(&store_);
  // Before there is a mount that a signal could leave behind: from now on signals wait for run().
  ending_.emplace(loop_.context(), SIGTERM, SIGINT);
  hangup_.emplace(loop_.context(), SIGHUP);
  return session_.mount();
}

Result<void> Mount::run(const std::function<void()>& ready, const std::function<Result<Config>()>& reload) {
  session_.start([this](Result<void> outcome) { loop_.post([this, outcome = std::move(outcome)] { end(outcome); }); });
  loop_.spawn(end_on_signal());
  loop_.spawn(feed_watchdog());
  loop_.spawn(give_back_memory());
  loop_.spawn(reload_on_hangup(reload));
  loop_.post([&] {
    sd_notify(0, "READY=1");
    ready();
    content_.scan_disk();
  });
  loop_.run();
  loop_.cancel_all();
  if (!loop_.run_until_idle(kUnwindLimit)) log_->warn("{} tasks did not end in time", loop_.running());
  left_behind_ = !content_.end_disk();
  if (left_behind_) {
    log_->warn("the disk cache does not answer: ending without it");
    store_.end();
  }
  return outcome_;
}

Task<> Mount::end_on_signal() {
  const int signal = co_await ending_->async_wait(asio::use_awaitable);
  log_->info("{}: unmounting", signal == SIGTERM ? "SIGTERM" : "SIGINT");
  end({});
}

/// Where systemd wants to hear from us now and then: a loop that hangs says nothing, and is killed and started again.
Task<> Mount::feed_watchdog() {
  std::uint64_t limit = 0;  // microseconds
  if (sd_watchdog_enabled(0, &limit) <= 0) co_return;
  for (;;) {
    sd_notify(0, "WATCHDOG=1");
    co_await clock_.sleep(std::chrono::microseconds(limit / 2));
  }
}

/// What is freed lies between what is not, and malloc keeps it: a tenth of the memory of a mount that is busy for half an
/// hour. Returning it takes a millisecond, and is not worth more than one a minute.
Task<> Mount::give_back_memory() {
  for (;;) {
    co_await clock_.sleep(std::chrono::minutes{1});
    malloc_trim(0);
  }
}

Task<> Mount::reload_on_hangup(const std::function<Result<Config>()>& reload) {
  for (;;) {
    co_await hangup_->async_wait(asio::use_awaitable);
    const auto now = std::chrono::duration_cast<std::chrono::microseconds>(clock_.awake().since_start);
    sd_notify(0, fmt::format("RELOADING=1\nMONOTONIC_USEC={}", now.count()).c_str());
    take_over(reload());
    sd_notify(0, "READY=1");
  }
}

void Mount::take_over(const Result<Config>& config) {
  if (!config) {
    log_->error("SIGHUP: {}: the configuration stays as it was", config.error().what);
    return;
  }
  log_->info("SIGHUP: credentials and log as in the configuration");
  tokens_.reload(token_options(*config));
  if (const auto keys = keys_for_a_new_mount(config_, *config); !keys.empty()) {
    log_->warn("SIGHUP: as before until the next mount: {}", fmt::join(keys, ", "));
  }
}

void Mount::end(Result<void> outcome) {
  sd_notify(0, "STOPPING=1");
  outcome_ = std::move(outcome);
  session_.stop();
  loop_.stop();
}

}  // namespace g2afs
