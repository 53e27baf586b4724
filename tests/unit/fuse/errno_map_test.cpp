// SPDX-License-Identifier: MIT
#include "g2afs/fuse/errno_map.hpp"

#include <cerrno>

#include <gtest/gtest.h>

namespace g2afs {
namespace {

struct Row {
  Errc code;
  int number;
};

class ErrnoMap : public testing::TestWithParam<Row> {};

TEST_P(ErrnoMap, HasTheRow) { EXPECT_EQ(to_errno(GetParam().code), GetParam().number); }

INSTANTIATE_TEST_SUITE_P(All, ErrnoMap,
                         testing::Values(Row{Errc::NotFound, ENOENT}, Row{Errc::Denied, EACCES},
                                         Row{Errc::Forbidden, EACCES}, Row{Errc::TooLong, EINVAL},
                                         Row{Errc::Invalid, EINVAL}, Row{Errc::Unavailable, EIO},
                                         Row{Errc::Throttled, EAGAIN}, Row{Errc::Changed, EIO},
                                         Row{Errc::ReadOnly, EROFS}, Row{Errc::Unsupported, EOPNOTSUPP},
                                         Row{Errc::NoAttribute, ENODATA}, Row{Errc::Exists, EEXIST},
                                         Row{Errc::NotDirectory, ENOTDIR}, Row{Errc::IsDirectory, EISDIR},
                                         Row{Errc::Range, ERANGE}, Row{Errc::Internal, EIO}),
                         [](const auto& row) {
                           std::string name;
                           for (const char c : to_string(row.param.code)) {
                             if (std::isalnum(static_cast<unsigned char>(c))) name += c;
                           }
                           return name;
                         });

}  // namespace
}  // namespace g2afs
