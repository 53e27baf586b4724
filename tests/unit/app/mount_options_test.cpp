// SPDX-License-Identifier: MIT
#include "g2afs/app/mount_options.hpp"

#include <string>
#include <vector>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace g2afs {
namespace {

using ::testing::ElementsAre;
using ::testing::IsEmpty;
using ::testing::Pair;

MountOptions parse(const std::vector<std::string>& strings) {
  auto options = parse_mount_options(strings);
  EXPECT_TRUE(options) << options.error().what;
  return options.value();
}

std::string error_of(const std::string& text) {
  const std::vector<std::string> strings{text};
  const auto options = parse_mount_options(strings);
  if (options) return "no error";
  EXPECT_EQ(options.error().code, Errc::Invalid);
  return options.error().what;
}

TEST(MountOptions, SortsThemByWhomTheyAreFor) {
  const auto options = parse({"dir_ttl=5,allow_other,noauto", "fsname=acme,archived=exclude"});
  EXPECT_THAT(options.config, ElementsAre(Pair("archived", "exclude"), Pair("dir_ttl", "5")));
  EXPECT_THAT(options.fuse, ElementsAre("allow_other", "fsname=acme"));
  EXPECT_FALSE(options.debug);
}

TEST(MountOptions, PassesWhatFuseAndTheKernelKnow) {
  const std::vector<std::string> options{
      "allow_other",   "allow_root",   "auto_unmount", "nodev",   "nosuid",
      "noexec",        "dev",          "suid",         "exec",    "fsname=a",
      "subtype=b",     "ro",           "rw",           "noatime", "atime",
      "max_read=4096", "sync",         "async",        "dirsync", "context=system_u:object_r:tmp_t",
      "fscontext=x",   "defcontext=x", "rootcontext=x"};
  const auto parsed = parse(options);
  EXPECT_EQ(parsed.fuse, options);
  EXPECT_THAT(parsed.config, IsEmpty());
}

TEST(MountOptions, IgnoresWhatMountAndFstabAddForThemselves) {
  const auto options =
      parse({"noauto,auto,user,users,user=alice,nouser,owner,group,_netdev,nofail,defaults,comment=hello,"
             "uhelper=udisks2,"
             "x-systemd.automount,x-systemd.idle-timeout=60,X-mount.mkdir,default_permissions,relatime,"
             "nodiratime"});
  EXPECT_THAT(options.fuse, IsEmpty());
  EXPECT_THAT(options.config, IsEmpty());
}

TEST(MountOptions, LetsTheLaterOfTwoValuesCount) {
  EXPECT_THAT(parse({"dir_ttl=5,dir_ttl=6", "dir_ttl=7"}).config, ElementsAre(Pair("dir_ttl", "7")));
}

TEST(MountOptions, TakesABooleanKeyWithoutAValue) {
  EXPECT_THAT(parse({"allow_http"}).config, ElementsAre(Pair("allow_http", "true")));
  EXPECT_THAT(parse({"allow_http=false"}).config, ElementsAre(Pair("allow_http", "false")));
  EXPECT_EQ(error_of("dir_ttl"), "-o dir_ttl: needs a value");
}

TEST(MountOptions, KeepsEverythingAfterTheFirstEqualsSign) {
  EXPECT_THAT(parse({"api_url=https://h/?a=b"}).config, ElementsAre(Pair("api_url", "https://h/?a=b")));
  EXPECT_THAT(parse({"log_file="}).config, ElementsAre(Pair("log_file", "")));
}

TEST(MountOptions, UnescapesAsLibfuseDoes) {
  EXPECT_THAT(parse({R"(fsname=a\,b,log_file=/x\\y)"}).fuse, ElementsAre("fsname=a,b"));
  EXPECT_THAT(parse({R"(log_file=/a\040b\054c)"}).config, ElementsAre(Pair("log_file", "/a b,c")));
  EXPECT_THAT(parse({R"(log_file=/a\q\400\0)"}).config, ElementsAre(Pair("log_file", "/aq4000")));
  EXPECT_THAT(parse({R"(log_file=/a\)"}).config, ElementsAre(Pair("log_file", "/a\\")));
}

TEST(MountOptions, TakesAQuotedValueAsItIs) {
  EXPECT_THAT(parse({R"(fsname="a,b",nodev)"}).fuse, ElementsAre("fsname=a,b", "nodev"));
  EXPECT_THAT(parse({R"(nodev,log_file="/a b,c\d")"}).config, ElementsAre(Pair("log_file", R"(/a b,c\d)")));
  EXPECT_THAT(parse({R"(log_file="")"}).config, ElementsAre(Pair("log_file", "")));
  // What is not between quotes as a whole is taken as it is written.
  EXPECT_THAT(parse({R"(fsname="a"b,nodev)"}).fuse, ElementsAre(R"(fsname="a"b)", "nodev"));
  EXPECT_THAT(parse({R"(fsname="a,nodev)"}).fuse, ElementsAre(R"(fsname="a)", "nodev"));
  EXPECT_THAT(parse({R"(fsname=a"b",nodev)"}).fuse, ElementsAre(R"(fsname=a"b")", "nodev"));
}

TEST(MountOptions, SkipsEmptyOnes) { EXPECT_THAT(parse({",,nodev,", ""}).fuse, ElementsAre("nodev")); }

TEST(MountOptions, NamesAnUnknownOne) {
  EXPECT_EQ(error_of("alow_other"), "-o alow_other: unknown option; did you mean allow_other?");
  EXPECT_EQ(error_of("dir-ttl=5"), "-o dir-ttl: unknown option; did you mean dir_ttl?");
  EXPECT_EQ(error_of("kernel_cache"), "-o kernel_cache: unknown option");
  EXPECT_EQ(error_of("=5"), "-o : unknown option");
}

TEST(MountOptions, RefusesToRemount) {
  EXPECT_EQ(error_of("rw,remount"),
            "-o remount: unmount and mount again; SIGHUP makes a running mount read its configuration again");
}

TEST(MountOptions, IgnoresUnknownOnesOnlyIfToldTo) {
  const std::vector<std::string> strings{"kernel_cache,nodev"};
  EXPECT_THAT(parse_mount_options(strings, UnknownOptions::Ignore).value().fuse, ElementsAre("nodev"));
}

TEST(MountOptions, WantsAValueWhereThereIsOne) {
  EXPECT_EQ(error_of("fsname"), "-o fsname: needs a value");
  EXPECT_EQ(error_of("allow_other=1"), "-o allow_other: takes no value");
}

TEST(MountOptions, RefusesSecretsAndSaysWhereTheyGo) {
  const std::string never = "a secret is never taken from the command line: ";
  EXPECT_EQ(error_of("client_secret=hunter2"), "-o client_secret: " + never + "put it in the config file");
  EXPECT_EQ(error_of("access_token=hunter2"),
            "-o access_token: " + never + "put it in the config file or in G2AFS_ACCESS_TOKEN");
  EXPECT_EQ(error_of("refresh_token=hunter2"), "-o refresh_token: " + never + "it belongs in token_file");
}

TEST(MountOptions, TakesDebug) { EXPECT_TRUE(parse({"debug"}).debug); }

}  // namespace
}  // namespace g2afs
