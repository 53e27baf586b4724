// SPDX-License-Identifier: MIT
// The operations on a model account: what is answered from the snapshot, what has to be learnt, and what is refused.
#include "g2afs/fs/file_system.hpp"

#include <map>
#include <set>
#include <sys/stat.h>

#include <gtest/gtest.h>

#include "fakes/fake_archive_api.hpp"
#include "fakes/fake_clock.hpp"
#include "fakes/fake_transport.hpp"
#include "fakes/temporary_directory.hpp"

namespace g2afs::test {
namespace {

class FileSystemTest : public testing::Test {
 protected:
  static constexpr std::uint64_t kSidecarSize = 700;

  explicit FileSystemTest(bool on_disk = false) : disk(on_disk) {
    const Time start = parse_iso8601("2016-11-24T10:00:00Z").value();
    api.add({.id = {100}, .start = start});
    api.add({.id = {101}, .start = start + std::chrono::minutes{5}, .archived = true, .thumbnail = false});
    api.add({.id = {102}, .start = start + std::chrono::minutes{9}, .state = State::Untranscoded});
    transport.server = [](const HttpRequest& request, BodySink& sink) { return serve(request, sink); };
  }

  /// Sidecars of 700 bytes, videos of 1000 (as the account says); one server for all.
  static Task<Result<ResponseHead>> serve(const HttpRequest& request, BodySink& sink) {
    const bool video = request.url.text().find(".mp4") != std::string::npos;
    const std::string whole(video ? 1000 : kSidecarSize, video ? 'v' : 's');
    const std::uint64_t end = std::min<std::uint64_t>(request.range->end, whole.size());
    ResponseHead head;
    head.status = 206;
    head.etag = "\"one\"";
    head.content_range = ContentRange{ByteRange{request.range->begin, end}, whole.size()};
    co_return co_await FakeTransport::answer(sink, head,
                                             whole.substr(request.range->begin, end - request.range->begin));
  }

  Result<Attributes> lookup(Ino parent, const char* name) { return run_task(loop, clock, fs.lookup(parent, name)); }
  Ino walk(std::initializer_list<const char*> path) {
    Ino ino = kRootIno;
    for (const char* name : path) {
      const auto found = lookup(ino, name);
      if (!found) throw std::runtime_error(std::string(name) + ": " + found.error().what);
      ino = found->ino;
    }
    return ino;
  }
  Result<void> set(Ino ino, const char* name, std::string value = "1", XattrMode mode = XattrMode::Either) {
    return run_task(loop, clock, fs.set_xattr(ino, name, std::move(value), mode, {1000, 1}));
  }
  static Errc code(const Result<void>& result) { return result ? Errc{-1} : result.error().code; }
  std::set<std::string> names(Ino ino) {
    const auto view = run_task(loop, clock, fs.directory(ino)).value();
    std::set<std::string> all;
    for (std::size_t i = 2; i < view->size(); ++i) all.insert(view->at(i).name);
    return all;
  }

  ContentOptions content_options() const {
    ContentOptions options;
    if (disk) options.disk = DiskOptions{{directory / "cache", 1 << 30, "account"}, 0, 0};
    return options;
  }

  const bool disk;
  TemporaryDirectory directory;
  Loop loop;
  FakeClock clock{parse_iso8601("2017-01-01T00:00:00Z").value()};
  FakeArchiveApi api;
  FakeTransport transport;
  Metrics metrics;
  std::shared_ptr<Log> log = make_null_log();
  UrlBroker urls{loop, api, clock, 1 << 20};
  Enumerator enumerator{
      loop, api, clock, *log, Zone::find("UTC").value(), {}, [this](auto entries) { urls.remember(entries); }};
  Catalog catalog{loop, enumerator, clock, metrics, *log, {}};
  Content content{loop, transport, urls, catalog, clock, metrics, *log, content_options()};
  Control control{loop, api, catalog, clock, *log, 4};
  VirtualFiles virtual_files{[] { return std::string("{}\n"); }, [] { return std::string("metrics\n"); }};
  FileSystem fs{catalog, content, control, virtual_files, {1000, 100, 027}};
};

TEST_F(FileSystemTest, WalksDownToAFile) {
  const Ino file = walk({"2016", "11", "24", "100", "100.mp4"});
  const auto attributes = fs.known_attributes(file).value().value();
  EXPECT_EQ(attributes.size, 1000U);
  EXPECT_EQ(attributes.mode, static_cast<std::uint32_t>(S_IFREG | 0640));
  EXPECT_EQ(attributes.uid, 1000U);
  EXPECT_EQ(attributes.gid, 100U);
  EXPECT_EQ(format_iso8601(attributes.time), "2016-11-24T10:00:00Z");
  EXPECT_EQ(fs.known_attributes(walk({"2016"})).value()->mode, static_cast<std::uint32_t>(S_IFDIR | 0750));
}

TEST_F(FileSystemTest, ListsWhatIsThere) {
  EXPECT_EQ(names(kRootIno), std::set<std::string>{"2016"});
  EXPECT_EQ(names(walk({"2016", "11", "24"})), (std::set<std::string>{"100", "101", "102"}));
  EXPECT_EQ(names(walk({"2016", "11", "24", "100"})), (std::set<std::string>{"100.mp4", "100.events", "100.png"}));
  EXPECT_EQ(names(walk({"2016", "11", "24", "101"})), (std::set<std::string>{"101.mp4", "101.events"}));
  EXPECT_TRUE(names(walk({"2016", "11", "24", "102"})).empty());
  EXPECT_TRUE(transport.requests.empty()) << "a listing fetched content";
}

TEST_F(FileSystemTest, ASidecarsSizeIsLearntWhenItIsLookedUp) {
  const Ino recording = walk({"2016", "11", "24", "100"});
  EXPECT_FALSE(fs.known_lookup(recording, "100.events"));
  EXPECT_EQ(lookup(recording, "100.events")->size, kSidecarSize);
  const std::size_t asked = transport.requests.size();
  EXPECT_EQ(fs.known_lookup(recording, "100.png").value()->size, kSidecarSize) << "the day's others come along";
  EXPECT_EQ(transport.requests.size(), asked);
}

// An NFS handle is an inode number, and the kernel looks "." up in it, be it a file's and nothing known of it.
TEST_F(FileSystemTest, ANumberFromAnotherMountIsEnoughToFindAnything) {
  const Day day = *make_day({2016, 11, 24});
  const std::map<Ino, std::uint64_t> sizes{{file_ino(day, {100}, FileKind::Events), kSidecarSize},
                                           {file_ino(day, {100}, FileKind::Thumbnail), kSidecarSize},
                                           {file_ino(day, {100}, FileKind::Video), 1000}};
  for (const auto& [ino, size] : sizes) {
    const auto found = lookup(ino, ".");
    ASSERT_TRUE(found) << found.error().what;
    EXPECT_EQ(found->ino, ino);
    EXPECT_EQ(found->size, size);
  }
  EXPECT_TRUE(lookup(recording_ino(day, {102}), "."));
  EXPECT_EQ(lookup(file_ino(day, {102}, FileKind::Video), ".").error().code, Errc::NotFound);
}

TEST_F(FileSystemTest, ReadsAreExactAndEndAtTheEnd) {
  const Ino file = walk({"2016", "11", "24", "100", "100.mp4"});
  const auto opened = run_task(loop, clock, fs.open(file)).value();
  const auto middle = run_task(loop, clock, fs.read(opened.handle, 900, 4096)).value();
  std::string bytes;
  for (const Slice& slice : middle) bytes.append(reinterpret_cast<const char*>(slice.bytes.data()), slice.bytes.size());
  EXPECT_EQ(bytes, std::string(100, 'v'));
  EXPECT_TRUE(run_task(loop, clock, fs.read(opened.handle, 1000, 4096)).value().empty());
  fs.release(opened.handle);
  EXPECT_EQ(run_task(loop, clock, fs.read(opened.handle, 0, 1)).error().code, Errc::Internal);
  EXPECT_EQ(run_task(loop, clock, fs.open(walk({"2016"}))).error().code, Errc::IsDirectory);
}

TEST_F(FileSystemTest, NamesThatCannotExistCostNothing) {
  const Ino day = walk({"2016", "11", "24"});
  const Ino recording = walk({"2016", "11", "24", "100"});
  const int calls = api.calls();
  for (const char* name : {".Trash", "desktop.ini", "0000", "16", "2016x", "20160", "+016"}) {
    EXPECT_EQ(fs.known_lookup(kRootIno, name).value().error().code, Errc::NotFound) << name;
  }
  for (const char* name : {"0", "1", "13", "00", "011"}) {
    EXPECT_EQ(fs.known_lookup(year_ino(2016), name).value().error().code, Errc::NotFound) << name;
  }
  for (const char* name : {"0100", "x", "100.mp4", "999"}) {
    EXPECT_EQ(fs.known_lookup(day, name).value().error().code, Errc::NotFound) << name;
  }
  for (const char* name : {"100.jpg", "100", "101.mp4", "100.mp4.part"}) {
    EXPECT_EQ(fs.known_lookup(recording, name).value().error().code, Errc::NotFound) << name;
  }
  EXPECT_EQ(api.calls(), calls);
  EXPECT_EQ(fs.known_attributes(~Ino{0} >> 1).value().error().code, Errc::NotFound);
}

TEST_F(FileSystemTest, AFailedListingIsAnErrorAndNotAnAbsence) {
  api.fail_next(1000, Errc::Unavailable);
  EXPECT_EQ(run_task(loop, clock, fs.directory(kRootIno)).error().code, Errc::Unavailable);
  EXPECT_EQ(lookup(kRootIno, "2016").error().code, Errc::Unavailable);
  api.fail_next(0, Errc::Unavailable);
  EXPECT_EQ(names(kRootIno), std::set<std::string>{"2016"});
}

TEST_F(FileSystemTest, ControlFilesAreFoundByNameAndNotListed) {
  EXPECT_EQ(names(kRootIno).count(".g2afs"), 0U);
  const Ino status = walk({".g2afs", "status.json"});
  EXPECT_EQ(status, kStatusFileIno);
  const auto opened = run_task(loop, clock, fs.open(status)).value();
  EXPECT_TRUE(opened.direct);
  EXPECT_EQ(run_task(loop, clock, fs.read(opened.handle, 0, 100)).value().front().bytes.size(), 3U);
  EXPECT_FALSE(run_task(loop, clock, fs.attributes(status)).value().cacheable);
  EXPECT_EQ(lookup(kControlDirIno, "other").error().code, Errc::NotFound);
}

TEST_F(FileSystemTest, ExtendedAttributesTellTheState) {
  const auto value = [&](const char* id, const char* name) {
    return run_task(loop, clock, fs.xattr(walk({"2016", "11", "24", id}), name));
  };
  EXPECT_EQ(value("101", "user.g2afs.id"), "101");
  EXPECT_EQ(value("101", "user.g2afs.archived"), "1");
  EXPECT_EQ(value("100", "user.g2afs.archived"), "0");
  EXPECT_EQ(value("100", "user.g2afs.start_time"), "2016-11-24T10:00:00Z");
  EXPECT_EQ(value("102", "user.g2afs.state"), "untranscoded");
  EXPECT_EQ(value("102", "user.g2afs.start_time").error().code, Errc::NoAttribute);
  EXPECT_EQ(value("100", "security.selinux").error().code, Errc::NoAttribute);
  EXPECT_EQ(fs.known_xattr_names(walk({"2016", "11", "24", "102"})).value(),
            std::string("user.g2afs.id\0user.g2afs.state\0user.g2afs.archived\0", 51));
  EXPECT_TRUE(fs.known_xattr_names(kRootIno).value()->empty());
}

TEST_F(FileSystemTest, WithoutACacheOnDiskNothingIsCached) {
  const Ino file = walk({"2016", "11", "24", "100", "100.mp4"});
  EXPECT_FALSE(fs.known_xattr(file, "user.g2afs.cached"));
  EXPECT_EQ(run_task(loop, clock, fs.xattr(file, "user.g2afs.cached")), "0");
  EXPECT_EQ(fs.known_xattr_names(file).value(),
            std::string("user.g2afs.id\0user.g2afs.state\0user.g2afs.start_time\0user.g2afs.archived\0"
                        "user.g2afs.cached\0",
                        91));
}

class FileSystemOnDiskTest : public FileSystemTest {
 protected:
  FileSystemOnDiskTest() : FileSystemTest(true) {}
  ~FileSystemOnDiskTest() override {
    loop.cancel_all();
    EXPECT_TRUE(clock.run(loop));
  }

  Result<std::string> cached(Ino ino) { return run_task(loop, clock, fs.xattr(ino, "user.g2afs.cached")); }
};

TEST_F(FileSystemOnDiskTest, TheDiskIsAskedHowMuchItHolds) {
  const Ino file = walk({"2016", "11", "24", "100", "100.mp4"});
  EXPECT_EQ(cached(file), "0");
  EXPECT_TRUE(transport.requests.empty());
  const auto opened = run_task(loop, clock, fs.open(file)).value();
  EXPECT_TRUE(run_task(loop, clock, fs.read(opened.handle, 0, 1000)));
  fs.release(opened.handle);
  EXPECT_TRUE(clock.run(loop));
  EXPECT_EQ(cached(file), "100");
}

TEST_F(FileSystemOnDiskTest, ASidecarIsNotProbedToSayHowMuchOfItIsCached) {
  walk({"2016", "11", "24", "100"});
  const auto day = run_task(loop, clock, fs.directory(walk({"2016", "11", "24", "100"}))).value();
  Ino events = 0;
  for (std::size_t i = 0; i < day->size(); ++i) {
    if (day->at(i).name == "100.events") events = day->at(i).ino;
  }
  ASSERT_NE(events, 0U);
  EXPECT_EQ(cached(events), "0");
  EXPECT_TRUE(transport.requests.empty());
}

TEST_F(FileSystemOnDiskTest, OnlyFilesAreCached) {
  for (const Ino ino : {kRootIno, walk({"2016", "11", "24"}), walk({"2016", "11", "24", "100"}), kStatusFileIno}) {
    EXPECT_EQ(cached(ino).error().code, Errc::NoAttribute) << ino;
    EXPECT_EQ(fs.known_xattr_names(ino).value()->find("cached"), std::string::npos);
  }
  const Ino file = walk({"2016", "11", "24", "100", "100.mp4"});
  EXPECT_EQ(code(set(file, "user.g2afs.cached")), Errc::Unsupported);
}

TEST_F(FileSystemTest, RefreshListsAnew) {
  EXPECT_EQ(names(walk({"2016", "11", "24"})).size(), 3U);
  api.add({.id = {103}, .start = parse_iso8601("2016-11-24T23:00:00Z").value()});
  EXPECT_EQ(names(walk({"2016", "11", "24"})).count("103"), 0U) << "the listing is fresh";
  EXPECT_TRUE(set(walk({"2016", "11", "24"}), "user.g2afs.refresh"));
  EXPECT_EQ(names(walk({"2016", "11", "24"})).count("103"), 1U);
}

TEST_F(FileSystemTest, AnotherVersionBesideAnOpenOneIsReadPastThePageCache) {
  const Ino file = walk({"2016", "11", "24", "100", "100.mp4"});
  const auto opened = run_task(loop, clock, fs.open(file)).value();
  EXPECT_TRUE(opened.keep_cache);
  EXPECT_FALSE(opened.direct);
  EXPECT_TRUE(run_task(loop, clock, fs.read(opened.handle, 0, 10)));
  EXPECT_TRUE(run_task(loop, clock, fs.open(file)).value().keep_cache);
  api.add({.id = {100}, .start = parse_iso8601("2016-11-24T10:00:00Z").value(), .video_size = 2000});
  EXPECT_TRUE(set(walk({"2016", "11", "24"}), "user.g2afs.refresh"));
  const auto beside = run_task(loop, clock, fs.open(file)).value();
  EXPECT_TRUE(beside.direct);
  EXPECT_FALSE(beside.keep_cache) << "a splice would show them in spite of `direct`";
}

// Writing extended attributes

TEST_F(FileSystemTest, BadAttributesAndValuesCostNoRequest) {
  const Ino recording = walk({"2016", "11", "24", "100"});
  const Ino file = walk({"2016", "11", "24", "100", "100.mp4"});
  const Ino control_dir = walk({".g2afs"});
  api.reset_calls();
  for (const char* name : {"user.g2afs.archived", "user.g2afs.transcode"}) {
    for (const Ino ino : {kRootIno, year_ino(2016), day_ino(*make_day({2016, 11, 24})), recording, file}) {
      for (const std::string& value :
           {std::string("0"), std::string("2"), std::string(), std::string("11"), std::string("yes"),
            std::string("1\0", 2), std::string("\1\xff\0", 3), std::string(1 << 20, '1')}) {
        EXPECT_EQ(code(set(ino, name, value)), Errc::Invalid) << value.substr(0, 10);
      }
    }
    for (const Ino ino : {control_dir, kStatusFileIno, kMetricsFileIno}) {
      EXPECT_EQ(code(set(ino, name, "0")), Errc::Unsupported);
    }
  }
  for (const char* name : {"user.g2afs.other", "user.g2afs.id", "user.g2afs.state", "user.g2afs.start_time",
                           "user.g2afs.", "user.g2afs", "user.other", "security.selinux", "security.capability",
                           "system.posix_acl_access", "system.posix_acl_default", "trusted.x", "archived", ""}) {
    for (const Ino ino : {kRootIno, recording, file}) EXPECT_EQ(code(set(ino, name)), Errc::Unsupported) << name;
  }
  for (const Ino ino : {control_dir, kStatusFileIno, file}) {
    EXPECT_EQ(code(set(ino, "user.g2afs.refresh")), Errc::Unsupported);
  }
  EXPECT_EQ(api.calls() + api.changes, 0);
}

TEST_F(FileSystemTest, CreateAndReplaceMeanWhatTheyAlwaysDo) {
  const Ino recording = walk({"2016", "11", "24", "100"});
  const Ino file = walk({"2016", "11", "24", "100", "100.mp4"});
  const Ino day = walk({"2016", "11", "24"});
  api.reset_calls();
  for (const Ino ino : {recording, file}) {
    EXPECT_EQ(code(set(ino, "user.g2afs.archived", "1", XattrMode::Create)), Errc::Exists);
  }
  EXPECT_EQ(code(set(day, "user.g2afs.archived", "1", XattrMode::Replace)), Errc::NoAttribute);
  EXPECT_EQ(code(set(recording, "user.g2afs.transcode", "1", XattrMode::Replace)), Errc::NoAttribute);
  EXPECT_EQ(code(set(day, "user.g2afs.refresh", "1", XattrMode::Replace)), Errc::NoAttribute);
  EXPECT_EQ(api.calls() + api.changes, 0);
  EXPECT_TRUE(set(recording, "user.g2afs.archived", "1", XattrMode::Replace));
  EXPECT_TRUE(set(recording, "user.g2afs.transcode", "1", XattrMode::Create));
  EXPECT_TRUE(set(day, "user.g2afs.archived", "1", XattrMode::Create));
  EXPECT_TRUE(set(day, "user.g2afs.refresh", "1", XattrMode::Create));
}

TEST_F(FileSystemTest, ARecordingIsArchivedByItsDirectoryOrAFileOfIt) {
  const auto archived = [&](const char* id) {
    return fs.known_xattr(walk({"2016", "11", "24", id}), "user.g2afs.archived").value().value();
  };
  EXPECT_EQ(archived("100"), "0");
  EXPECT_TRUE(set(walk({"2016", "11", "24", "100", "100.mp4"}), "user.g2afs.archived"));
  EXPECT_EQ(archived("100"), "1");
  EXPECT_TRUE(api.find({100})->archived);
  EXPECT_FALSE(api.find({102})->archived);
  EXPECT_TRUE(set(kRootIno, "user.g2afs.archived"));
  EXPECT_TRUE(api.find({102})->archived);
  EXPECT_EQ(archived("102"), "1");
}

TEST_F(FileSystemTest, ARecordingIsTranscodedAndItsFilesAppear) {
  const Ino recording = walk({"2016", "11", "24", "102"});
  // The account's transcode takes as long as the first look at it.
  api.answered = [&](FakeArchiveApi::Call) {
    if (api.find({102})->state != State::Transcoding) return;
    EXPECT_EQ(fs.known_xattr(recording, "user.g2afs.state").value().value(), "transcoding");
    api.find({102})->state = State::Ready;
  };
  EXPECT_TRUE(set(recording, "user.g2afs.transcode"));
  EXPECT_EQ(fs.known_xattr(recording, "user.g2afs.state").value().value(), "ready");
  EXPECT_EQ(names(recording).count("102.mp4"), 1U);
}

TEST_F(FileSystemTest, WhatTheApiSaysIsTheError) {
  const Ino recording = walk({"2016", "11", "24", "100"});
  for (const Errc errc : {Errc::Denied, Errc::Invalid, Errc::Unavailable, Errc::Throttled}) {
    api.fail_next(1, errc);
    EXPECT_EQ(code(set(recording, "user.g2afs.archived")), errc);
    EXPECT_FALSE(api.find({100})->archived);
  }
  api.remove({100});
  for (int i = 0; i < 2; ++i) EXPECT_TRUE(set(recording, "user.g2afs.refresh"));
  EXPECT_EQ(code(set(recording, "user.g2afs.archived")), Errc::NotFound);
}

TEST_F(FileSystemTest, ARecordingIsRefreshedWithItsDay) {
  const Ino recording = walk({"2016", "11", "24", "100"});
  api.add({.id = {103}, .start = parse_iso8601("2016-11-24T23:00:00Z").value()});
  EXPECT_TRUE(set(recording, "user.g2afs.refresh"));
  EXPECT_EQ(names(walk({"2016", "11", "24"})).count("103"), 1U);
}

TEST_F(FileSystemTest, AnOpenFileThatLeavesTheTreeKeepsItsAttributesAndItsBytes) {
  const Ino file = walk({"2016", "11", "24", "100", "100.mp4"});
  const auto opened = run_task(loop, clock, fs.open(file)).value();
  api.remove({100});
  for (int i = 0; i < 2; ++i) EXPECT_TRUE(set(walk({"2016", "11", "24"}), "user.g2afs.refresh"));
  EXPECT_EQ(lookup(walk({"2016", "11", "24"}), "100").error().code, Errc::NotFound);
  EXPECT_EQ(run_task(loop, clock, fs.attributes(file)).value().size, 1000U);
  EXPECT_EQ(run_task(loop, clock, fs.open(file)).error().code, Errc::NotFound) << "it is not opened again";
  EXPECT_TRUE(run_task(loop, clock, fs.read(opened.handle, 0, 1000)));
  fs.release(opened.handle);
  EXPECT_EQ(run_task(loop, clock, fs.attributes(file)).error().code, Errc::NotFound);
}

}  // namespace
}  // namespace g2afs::test
