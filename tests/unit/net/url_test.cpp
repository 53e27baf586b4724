// SPDX-License-Identifier: MIT
#include "g2afs/net/url.hpp"

#include <gtest/gtest.h>

namespace g2afs {
namespace {

Url parsed(std::string_view text) {
  auto url = Url::parse(text);
  if (!url) throw std::runtime_error(std::string(text) + ": " + url.error().what);
  return *url;
}

TEST(Url, TakesApartWhatItIsMadeOf) {
  const Url url = parsed("HTTPS://Media.Example.COM:8443/a%20b/c.mp4?sig=A%2Fb+c&x");
  EXPECT_EQ(url.scheme(), "https");
  EXPECT_EQ(url.host(), "media.example.com");
  EXPECT_EQ(url.port(), 8443);
  EXPECT_EQ(url.path(), "/a%20b/c.mp4");
  EXPECT_TRUE(url.secure());
}

TEST(Url, KeepsTheTextOfASignedUrlAsItCame) {
  for (const char* text : {"https://h/a/../b/./c?sig=%2f%2F+~", "http://h?x=/..", "https://h/%7euser//x?"}) {
    EXPECT_EQ(parsed(text).text(), text);
  }
}

TEST(Url, KnowsDefaultPortsAndTheEmptyPath) {
  EXPECT_EQ(parsed("http://h").port(), 80);
  EXPECT_EQ(parsed("https://h").port(), 443);
  EXPECT_EQ(parsed("https://h").path(), "/");
  EXPECT_EQ(parsed("https://h?q").path(), "/");
}

TEST(Url, DropsTheFragment) { EXPECT_EQ(parsed("https://h/p?q#f?g").text(), "https://h/p?q"); }

TEST(Url, TakesIpv6AddressesOutOfTheirBrackets) {
  const Url url = parsed("http://[2001:DB8::1]:8080/x");
  EXPECT_EQ(url.host(), "2001:db8::1");
  EXPECT_EQ(url.port(), 8080);
  EXPECT_EQ(url.redacted(), "http://[2001:db8::1]:8080/…");
  EXPECT_EQ(url.origin(), "http://[2001:db8::1]:8080");
}

TEST(Url, RefusesWhatIsNoAbsoluteHttpUrl) {
  for (const char* text : {"",
                           "h",
                           "//h/p",
                           "/p",
                           "http:",
                           "http:/h/p",
                           "http:///p",
                           "https://",
                           "http://?q",
                           "http://:80/",
                           "ftp://h/",
                           "file:///etc/passwd",
                           "javascript:alert(1)",
                           "http//h",
                           "http:\\\\h\\p",
                           "http://h:0/",
                           "http://h:65536/",
                           "http://h:8x/",
                           "http://[::1/",
                           "http://[fe80::1%25eth0]/",
                           "http://a,b/",
                           "http://h\\@x/"}) {
    const auto url = Url::parse(text);
    ASSERT_FALSE(url) << text;
    EXPECT_EQ(url.error().code, Errc::Invalid) << text;
  }
}

TEST(Url, RefusesWhatNoServerTakes) {
  const std::string longest = "https://h/" + std::string((64 << 10) - 10, 'x');
  EXPECT_EQ(parsed(longest).text(), longest);
  EXPECT_FALSE(Url::parse(longest + 'x'));
}

// Found by wire_fuzz: to curl's parser such a host is a name, and to the resolver it is an address.
TEST(Url, RefusesAnEncodedHost) {
  for (const char* text : {"http://1%37", "http://127%2e1/", "https://0x7f%2E1:8443/p", "https://h%6fst/"}) {
    EXPECT_FALSE(Url::parse(text)) << text;
  }
  EXPECT_EQ(parsed("https://h?a%20b").host(), "h");
}

TEST(Url, RefusesUserAndPassword) {
  for (const char* text : {"https://user@h/", "https://user:password@h/", "https://:@h/", "https://h@evil/"}) {
    EXPECT_FALSE(Url::parse(text)) << text;
  }
}

TEST(Url, RefusesEveryCharacterThatCouldSplitARequest) {
  for (int c = 0; c < 256; ++c) {
    if (c > 0x20 && c < 0x7f && c != '\\') continue;
    const std::string text = std::string("https://h/a") + static_cast<char>(c) + "b";
    EXPECT_FALSE(Url::parse(text)) << "character " << c;
  }
}

TEST(Url, ErrorsDoNotQuoteTheUrl) {
  for (const char* text : {"https://h/SECRET x", "ftp://h/SECRET", "https://u:SECRET@h/", "https://h:99999/SECRET"}) {
    const auto url = Url::parse(text);
    ASSERT_FALSE(url) << text;
    EXPECT_EQ(url.error().what.find("SECRET"), std::string::npos) << url.error().what;
  }
}

TEST(Url, RedactedStopsAfterTheOrigin) {
  EXPECT_EQ(parsed("https://media.example/rec/12?sig=SECRET").redacted(), "https://media.example:443/…");
}

TEST(Url, LoopbackByNameOnly) {
  for (const char* text : {"http://localhost/", "http://LOCALHOST:1/", "http://127.0.0.1/", "http://127.255.0.9/",
                           "http://[::1]/", "http://127.1/", "http://2130706433/", "http://0x7f.0.0.1/"}) {
    EXPECT_TRUE(parsed(text).loopback()) << text;
  }
  for (const char* text : {"http://128.0.0.1/", "http://127.0.0.1.example/", "http://127.evil.example.com/",
                           "http://localhost.example/", "http://[::2]/", "http://0.0.0.0/", "http://10.0.0.1/"}) {
    EXPECT_FALSE(parsed(text).loopback()) << text;
  }
}

TEST(Url, SameOriginComparesSchemeHostAndPort) {
  const Url url = parsed("https://h/a");
  EXPECT_TRUE(url.same_origin(parsed("https://H:443/b?c")));
  EXPECT_FALSE(url.same_origin(parsed("http://h:443/a")));
  EXPECT_FALSE(url.same_origin(parsed("https://h:444/a")));
  EXPECT_FALSE(url.same_origin(parsed("https://i/a")));
}

}  // namespace
}  // namespace g2afs
