// SPDX-License-Identifier: MIT
// ContentFile: one version of one file, shared by its readers: which bytes are here, which are on their way. Loop thread
// only.
//
// A Delivery (src/content/delivery.hpp) is one stretch of the file on its way: downloaded by a Fetch, or read from the
// disk cache by a DiskRead. No two of a file overlap, so a byte is never asked for twice at the same time.
//
// The version is what the server calls it (ETag, else Last-Modified) plus the size. The first answer sets it, or what is
// on disk does; when a later one differs, or its length is not the announced one, the file is `changed`: every read of
// its readers fails from then on, its fetches end, and the next open begins with a new ContentFile. So does an open for
// which another size is announced.
//
// Where the server ignores ranges, a fetch becomes a pass over the whole file from its start, which feeds every reader
// that is not behind it. A file has at most as many of these as it has readers.
#pragma once

#include <cstdint>
#include <functional>
#include <list>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "g2afs/base/error.hpp"
#include "g2afs/base/ids.hpp"
#include "g2afs/base/log.hpp"
#include "g2afs/base/metrics.hpp"
#include "g2afs/content/block_cache.hpp"
#include "g2afs/content/disk_copy.hpp"
#include "g2afs/content/link.hpp"
#include "g2afs/content/read_gate.hpp"
#include "g2afs/content/url_broker.hpp"
#include "g2afs/content/window_shares.hpp"
#include "g2afs/net/clock.hpp"
#include "g2afs/net/concurrency.hpp"
#include "g2afs/net/event.hpp"
#include "g2afs/net/loop.hpp"
#include "g2afs/net/retry.hpp"
#include "g2afs/net/transport.hpp"

namespace g2afs {

/// What all files share.
struct ContentServices {
  Loop& loop;
  Transport& transport;
  UrlBroker& urls;
  Clock& clock;
  Metrics& metrics;
  Log& log;
  RetryPolicy retry;
  BlockCache blocks;
  Links links;
  WindowShares windows;
  ReadGate reads;
  /// Lets reads in of what is on disk, by what they pin: those that wait for a server do not hold them up.
  Gate disk_reads;
  /// Told when the object behind a file turned out to be another one.
  std::function<void(FileKey)> on_changed;
  /// Null: nothing is kept on disk.
  std::unique_ptr<Disk> disk = nullptr;
};

/// What a probe fetches: nearly every sidecar is smaller, so that its content has come along with its size.
inline constexpr std::uint64_t kProbeSize = 64 * 1024;

class Delivery;
class Fetch;

class ContentFile : public std::enable_shared_from_this<ContentFile> {
 public:
  /// `serial` is never used twice in a process; `size` nothing: not known yet (a sidecar before its probe).
  ContentFile(ContentServices& services, FileKey key, std::uint64_t serial, std::optional<std::uint64_t> size);
  ~ContentFile();

  FileKey key() const { return key_; }
  std::optional<std::uint64_t> size() const { return size_; }
  bool changed() const { return changed_; }
  /// Another version is known to be there: from now on every read fails, and nothing more is fetched.
  void supersede();

  // For readers.

  /// What their reads fail with once it has changed.
  Error change() const;
  /// It may be kept on disk, where it began at `start`; what is there already is not to be used if another version of it
  /// was seen just now.
  void allow_disk(Time start, bool use_what_is_there);
  /// Looks for what is on disk of it, once. To be awaited by who holds the file.
  Task<void> find_on_disk();
  /// If nobody reads it and nothing of it is on its way, what is on disk is closed. By itself where readers or deliveries
  /// end.
  void rest_on_disk();
  /// Bytes of it that are on disk, as far as is known: nothing is at rest.
  std::uint64_t bytes_on_disk() const { return disk_ ? disk_->held_bytes() : 0; }
  /// Whether all of it, within one block, is to be read from disk.
  bool has_on_disk(ByteRange piece) { return may_use_disk() && disk_holds(piece); }
  /// The whole object on disk, proven, for who reads it by himself (DiskCopy::whole).
  Whole whole_on_disk() const { return disk_ && !changed_ ? disk_->whole() : Whole{}; }
  /// Begins to prove what is on disk, in the background, if it is all there.
  void prove_on_disk();

  /// What the kernel may hold pages of: nothing of this file, only this version, or another one.
  enum class Pages { None, Own, Others };
  Pages pages() const { return pages_; }
  void set_pages(Pages pages) { pages_ = pages; }
  /// Learns the size by fetching the first kProbeSize bytes; returns at once if it is known. NotFound: a fresh URL leads
  /// to nothing.
  Task<Result<std::uint64_t>> probe(Priority priority);

  /// Whether `range` (which lies within one block and within the file) is here.
  bool holds(ByteRange range);
  /// The block that holds `range` (which lies within one block and within the file), once it does; `wanted`, which
  /// begins with `range`, is what to fetch if it is neither here nor on its way.
  Task<Result<std::shared_ptr<Block>>> block(ByteRange range, ByteRange wanted);
  /// Whether what of `range` is not here is on its way. Nothing counts as used by that.
  bool expects(ByteRange range);
  /// Brings `range` ahead of whoever will read it.
  Task<Result<void>> bring(ByteRange range, Priority priority);
  /// How many requests for it are under way.
  std::size_t streams() const;
  /// The way to the host that has it, as far as that is known.
  Link& link() { return *link_; }
  /// Its only reader has passed these bytes: their blocks go, but for the last if it is not passed as a whole. With other
  /// readers about, they stay.
  void passed(ByteRange range);
  /// A reader has read it to its end: of a small one, what is left may go before what others have still to read.
  void passed_whole() {
    if (readers_ <= 1 && size_ <= kBlockSize) services_.blocks.demote(serial_, 0);
  }
  /// A walk over many files has, and was its only reader: what is on disk goes before what others have read.
  void passed_by_walk() {
    if (disk_ && readers_ <= 1) disk_->passed();
  }
  /// Begins to fetch what of `range` is neither here nor on its way; rounded out to pages.
  void fetch(ByteRange range, Priority priority);
  /// Somebody begins to read it who may be a player: where the index is elsewhere, fetches that as well (mp4_layout.hpp).
  /// Once a file.
  void fetch_index();
  /// Somebody begins to read it who may be anybody: looks for an index that it begins with, in what is here.
  void see_leading_index();
  /// Where the index ends that the file begins with, as far as either of them has seen; else 0.
  std::uint64_t leading_index() const { return leading_index_; }
  /// A reader comes and goes; with the last one go the fetches that nobody waits for.
  void add_reader() {
    ++readers_;
    if (disk_) disk_->used();
  }
  void remove_reader();
  /// A reader has jumped: if it is the only one, ends the fetches that nobody waits for, but those that will bring some
  /// of `keep`, which is what its reads under way need.
  void jumped(const std::list<ByteRange>& keep);

  // For its deliveries.

  ContentServices& services() { return services_; }
  void learn_size(std::uint64_t size) { size_ = size; }
  std::shared_ptr<Link> link_to(const Url& url) { return link_ = services_.links.to(url); }
  /// False: this is another version than before, and the file is `changed` now.
  bool same_version(const ResponseHead& head);
  void set_changed(const char* why);
  /// The block a delivery puts its bytes into.
  std::shared_ptr<Block> block_to_fill(std::uint64_t index) {
    return services_.blocks.find_or_make(serial_, index, size_);
  }
  /// A fetch was answered with the whole file: whether what it was to bring is here, or left to another pass over the
  /// file.
  bool needs_no_pass(const Fetch& fetch);
  /// The fetch has become a pass over the file.
  void passes(const Fetch& fetch);
  void ended(const Delivery& delivery);
  /// Nobody fills these bytes of it any more: they are kept.
  void keep_on_disk(const std::shared_ptr<const Block>& block);
  /// A block that nobody knows before take_block().
  std::shared_ptr<Block> block_apart(std::uint64_t index) { return services_.blocks.make_apart(index, size_); }
  void take_block(std::shared_ptr<Block> block);
  /// As DiskCopy::read().
  Task<std::optional<std::vector<PageSet>>> read_from_disk(std::vector<std::shared_ptr<Block>> blocks);
  /// As fetch(), of what has turned out not to be on disk.
  void fetch_past_disk(ByteRange range, Priority priority);

 private:
  /// Whether what is looked at counts as used.
  enum class Look { ToUse, Only };
  /// The first byte of [at, end) that is not here, or `end`.
  std::uint64_t first_missing(std::uint64_t at, std::uint64_t end, Look look = Look::ToUse);
  /// The first byte of [at, end) that is here or on its way, or `end`; nothing of the kind at `at` itself.
  std::uint64_t end_of_gap(std::uint64_t at, std::uint64_t end);
  std::shared_ptr<Delivery> covering(std::uint64_t offset) const;
  /// Where, from `at` on, what is on disk ends, or begins; a little of it is better fetched along. `end` for nowhere.
  std::uint64_t end_on_disk(std::uint64_t at, std::uint64_t end) const;
  std::uint64_t begin_on_disk(std::uint64_t at, std::uint64_t end) const;
  bool disk_holds(ByteRange range) const;
  bool may_use_disk();
  enum class From { DiskOrNetwork, Network };
  void fetch(ByteRange range, Priority priority, From from);
  void begin(ByteRange range, Priority priority);
  void begin(std::shared_ptr<Delivery> delivery);
  void abandon(const std::list<ByteRange>& keep);
  static Task<> fetch_index(std::shared_ptr<ContentFile> file);
  static Task<> prove_on_disk(std::shared_ptr<ContentFile> file);
  void limit_passes();

  ContentServices& services_;
  const FileKey key_;
  const std::uint64_t serial_;
  std::optional<std::uint64_t> size_;
  std::shared_ptr<Link> link_;
  Validator version_;               // empty: no answer yet, or the server does not say
  bool only_disk_says_so_ = false;  // no answer has confirmed it yet
  bool disk_was_read_ = false;
  bool changed_ = false;
  Pages pages_ = Pages::None;
  int readers_ = 0;
  std::optional<TaskId> index_;  // once somebody has looked for it, while there are readers
  std::uint64_t leading_index_ = 0;
  bool ignores_ranges_ = false;                      // the server does: it has sent the whole
  std::list<std::shared_ptr<Delivery>> deliveries_;  // those passes over the file that were wanted last come last
  std::optional<Time> start_;                        // nothing: it is not to be kept on disk
  bool use_what_is_on_disk_ = false;
  bool proving_ = false;
  std::optional<DiskCopy> disk_;  // once its size is known, where it may be kept
};

}  // namespace g2afs
