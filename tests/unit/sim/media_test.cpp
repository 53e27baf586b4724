// SPDX-License-Identifier: MIT
// Media: ranges, conditions, expiry, leaks, versions, and real files.
#include <filesystem>
#include <fstream>
#include <unistd.h>

#include <fmt/format.h>

#include "sim/account_files.hpp"
#include "sim/content.hpp"
#include "test_client.hpp"

namespace g2a_sim::test {
namespace {

class MediaTest : public SimTest {
 protected:
  // Recording 5, 100,000 bytes.
  void start_one(SimOptions options = basic_options()) {
    start(std::move(options));
    add_recording(5, "2020-01-01T10:00:00Z", {{"size", 100'000}});
    url_ = entry(5)["recordingUrl"];
    content_ = read_all(*computed_source({sim_->options().seed, 5, FileKind::kMp4, 0}, 100'000));
  }

  std::string url_;
  std::string content_;
};

TEST_F(MediaTest, ServesTheComputedBytes) {
  start_one();
  const Reply whole = fetch(url_);
  EXPECT_EQ(whole.status, 200);
  EXPECT_EQ(whole.body, content_);
  EXPECT_EQ(whole.headers.at("accept-ranges"), "bytes");
  const Reply head = fetch(url_, {}, "HEAD");
  EXPECT_EQ(head.headers.at("content-length"), "100000");
  EXPECT_EQ(head.headers.at("etag"), whole.headers.at("etag"));
  EXPECT_EQ(call("GET", "/_sim/content/5.mp4?offset=7&length=9").body, content_.substr(7, 9));
}

TEST_F(MediaTest, ServesSidecars) {
  start_one();
  const auto truth = control("GET", "recordings/5");
  const Reply events = fetch(entry(5)["eventsUrl"]);
  EXPECT_EQ(events.body.size(), truth["events_size"]);
  EXPECT_EQ(events.body, read_all(*computed_source({1, 5, FileKind::kEvents, 0}, events.body.size())));
  const Reply picture = fetch(entry(5)["thumbnailUrl"]);
  EXPECT_EQ(picture.body.size(), truth["thumbnail_size"]);
  EXPECT_EQ(picture.headers.at("content-type"), "image/jpeg");
}

TEST_F(MediaTest, ServesRanges) {
  start_one();
  Reply reply = fetch(url_, {"Range: bytes=10-19"});
  EXPECT_EQ(reply.status, 206);
  EXPECT_EQ(reply.headers.at("content-range"), "bytes 10-19/100000");
  EXPECT_EQ(reply.body, content_.substr(10, 10));
  reply = fetch(url_, {"Range: bytes=99990-200000"});
  EXPECT_EQ(reply.headers.at("content-range"), "bytes 99990-99999/100000");
  EXPECT_EQ(reply.body, content_.substr(99'990));
  reply = fetch(url_, {"Range: bytes=-7"});
  EXPECT_EQ(reply.headers.at("content-range"), "bytes 99993-99999/100000");
  EXPECT_EQ(reply.body, content_.substr(99'993));
  reply = fetch(url_, {"Range: bytes=100000-"});
  EXPECT_EQ(reply.status, 416);
  EXPECT_EQ(reply.headers.at("content-range"), "bytes */100000");
  EXPECT_EQ(fetch(url_, {"Range: bytes=1-2,4-5"}).status, 200) << "several ranges: the whole";
}

TEST_F(MediaTest, HonoursConditions) {
  start_one();
  const std::string etag = fetch(url_, {}, "HEAD").headers.at("etag");
  EXPECT_EQ(fetch(url_, {"Range: bytes=0-9", "If-Range: " + etag}).status, 206);
  EXPECT_EQ(fetch(url_, {"Range: bytes=0-9", "If-Range: \"other\""}).status, 200);
  EXPECT_EQ(fetch(url_, {"If-None-Match: " + etag}).status, 304);
  EXPECT_EQ(fetch(url_, {"If-Match: \"other\""}).status, 412);
}

TEST_F(MediaTest, UrlsExpireByTheClock) {
  auto options = basic_options();
  options.url_ttl_seconds = 100;
  options.url_status = 410;
  start_one(options);
  control("POST", "clock", {{"offset_seconds", 90}});
  EXPECT_EQ(fetch(url_).status, 200);
  control("POST", "clock", {{"offset_seconds", 200}});
  EXPECT_EQ(fetch(url_).status, 410);
  EXPECT_EQ(fetch(entry(5)["recordingUrl"]).status, 200) << "fresh ones serve";
}

TEST_F(MediaTest, WrongTokensAreRefused) {
  start_one();
  std::string forged = url_;
  const std::size_t at = forged.find("/r/") + 5;
  forged[at] = forged[at] == 'a' ? 'b' : 'a';
  EXPECT_EQ(fetch(forged).status, 403);
  EXPECT_EQ(fetch(fmt::format("http://127.0.0.1:{}/r/5.mp4", sim_->media_port())).status, 403);
}

TEST_F(MediaTest, LeakedCredentialsAreRefusedAndFlagged) {
  start_one();
  EXPECT_EQ(fetch(url_, {"Authorization: Bearer T"}).status, 400);
  EXPECT_TRUE(log("media").back()["authorization_leaked"]);
  EXPECT_EQ(control("GET", "counts")["authorization_leaked"], 1);
}

TEST_F(MediaTest, LivesOnAnotherOrigin) {
  start_one();
  EXPECT_NE(sim_->port(), sim_->media_port());
  const std::string target = split_url(url_).second;
  EXPECT_EQ(call("GET", target).status, 404) << "the API's origin has no media";
  TestConnection connection(sim_->media_port());
  connection.send("GET", "/_sim/config");
  EXPECT_EQ(connection.receive().status, 404);
}

TEST_F(MediaTest, MayShareThePort) {
  auto options = basic_options();
  options.same_port = true;
  options.token_in_query = true;
  start_one(options);
  EXPECT_EQ(sim_->port(), sim_->media_port());
  EXPECT_NE(url_.find("/r/5.mp4?token="), std::string::npos);
  EXPECT_EQ(fetch(url_).body, content_);
}

TEST_F(MediaTest, IgnoresRangesWhenTold) {
  auto options = basic_options();
  options.ignore_ranges = true;
  options.no_etag = true;
  start_one(options);
  const Reply reply = fetch(url_, {"Range: bytes=5-9"});
  EXPECT_EQ(reply.status, 200);
  EXPECT_EQ(reply.body, content_);
  EXPECT_FALSE(reply.headers.contains("etag"));
}

TEST_F(MediaTest, NewVersionsHaveOtherBytesAndTags) {
  start_one();
  const Reply before = fetch(url_);
  control("PATCH", "recordings/5", {{"version", 1}});
  const Reply after = fetch(url_);
  EXPECT_NE(after.headers.at("etag"), before.headers.at("etag"));
  EXPECT_EQ(after.body, read_all(*computed_source({1, 5, FileKind::kMp4, 1}, 100'000)));
  control("PATCH", "recordings/5", {{"size", 50}});
  EXPECT_EQ(fetch(url_).body, after.body.substr(0, 50));
}

TEST_F(MediaTest, HandsOutAnotherServersUrls) {
  auto options = basic_options();
  options.media_base = "http://127.0.0.1:8080/big";
  start_one(options);
  EXPECT_EQ(url_, "http://127.0.0.1:8080/big/5.mp4");
  EXPECT_EQ(entry(5)["eventsUrl"], "http://127.0.0.1:8080/big/5.events");
}

class FilesTest : public SimTest {
 protected:
  FilesTest() : dir_(std::filesystem::temp_directory_path() / fmt::format("g2a-sim-test-{}", ::getpid())) {
    std::filesystem::create_directories(dir_);
  }
  ~FilesTest() override { std::filesystem::remove_all(dir_); }
  void write(const std::string& name, const std::string& text) { std::ofstream(dir_ / name) << text; }
  SimOptions options_of_dir() const {
    auto options = basic_options();
    options.files_dir = dir_;
    return options;
  }

  std::filesystem::path dir_;
};

TEST_F(FilesTest, RealFilesStandBesideInventedOnes) {
  write("a.mp4", "a real recording");
  write("a.events", "what happened");
  write("a.png", "PNG");
  write("manifest.json", R"([
    {"id":7,"start":"2015-05-01T10:00:00+02:00","session_type":1,"archived":0,"state":"ready",
     "mp4":"a.mp4","events":"a.events","thumbnail":"a.png"},
    {"id":8,"start":"2015-05-02T10:00:00Z","mp4":"a.mp4"}])");
  auto options = options_of_dir();
  options.count = 20;
  start(options);
  const auto ids = download_ids(kKey);
  ASSERT_EQ(ids.size(), 22U);
  EXPECT_EQ(ids[0], 7U);
  const auto real = entry(7);
  EXPECT_EQ(real["recordingSize"], "16");
  EXPECT_EQ(real["recordingStartTime"], "2015-05-01T08:00:00Z");
  EXPECT_EQ(fetch(real["recordingUrl"]).body, "a real recording");
  EXPECT_EQ(fetch(real["recordingUrl"], {"Range: bytes=2-5"}).body, "real");
  EXPECT_EQ(fetch(real["eventsUrl"]).body, "what happened");
  EXPECT_TRUE(real["thumbnailUrl"].get<std::string>().ends_with("/7.png"));
  EXPECT_EQ(fetch(real["thumbnailUrl"]).headers.at("content-type"), "image/png");
  EXPECT_FALSE(entry(8).contains("eventsUrl"));
  control("PATCH", "recordings/7", {{"version", 2}});
  const Reply changed = fetch(real["recordingUrl"]);
  EXPECT_EQ(changed.body.size(), 16U);
  EXPECT_NE(changed.body, "a real recording");
}

TEST_F(FilesTest, BadManifestsAreNamed) {
  const auto error_of = [&](const std::string& manifest) -> std::string {
    write("manifest.json", manifest);
    try {
      start(options_of_dir());
    } catch (const StartError& error) {
      return error.what();
    }
    return "";
  };
  EXPECT_NE(error_of("[{").find("not JSON"), std::string::npos);
  EXPECT_NE(error_of("{}").find("not a JSON array"), std::string::npos);
  EXPECT_NE(error_of(R"([{"start":"2020-01-01"}])").find("id is missing"), std::string::npos);
  EXPECT_NE(error_of(R"([{"id":1,"start":"soon"}])").find("ISO 8601"), std::string::npos);
  EXPECT_NE(error_of(R"([{"id":1,"start":"2020-01-01","mp4":"gone.mp4"}])").find("gone.mp4"), std::string::npos);
  EXPECT_NE(error_of(R"([{"id":1,"start":"2020-01-01","stat":"ready"}])").find("stat"), std::string::npos);
  EXPECT_NE(error_of(R"([{"id":1,"start":"2020-01-01"},{"id":1,"start":"2020-01-01"}])").find("twice"),
            std::string::npos);
}

}  // namespace
}  // namespace g2a_sim::test
