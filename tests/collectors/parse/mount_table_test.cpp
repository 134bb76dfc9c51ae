// SPDX-License-Identifier: MIT
#include "collectors/parse/mount_table.h"

#include <gtest/gtest.h>

namespace tierwatch {
namespace {

constexpr const char* kHost =
    "22 1 8:1 / / rw,relatime shared:1 - ext4 /dev/sda1 rw\n"
    "23 22 0:5 / /proc rw - proc proc rw\n"
    "24 22 8:2 / /srv rw - ext4 /dev/sda2 rw\n";

TEST(MountTable, TheNearestMountAboveAPathCounts) {
  const MountTable host = MountTable::parse(kHost);
  EXPECT_EQ(host.origin("/etc/nginx/nginx.conf"), "8:1 / /");
  EXPECT_EQ(host.origin("/srv"), "8:2 / /srv");
  EXPECT_EQ(host.origin("/srv/a"), "8:2 / /srv");
  EXPECT_EQ(host.origin("/srvice"), "8:1 / /");
}

TEST(MountTable, AnotherNamespaceWithTheSameFilesHasTheSameOrigins) {
  const MountTable service = MountTable::parse(
      "90 70 8:1 / / rw - ext4 /dev/sda1 rw\n91 90 0:60 /x /tmp rw - tmpfs tmpfs rw\n");
  const MountTable host = MountTable::parse(kHost);
  EXPECT_EQ(service.origin("/etc/a"), host.origin("/etc/a"));
  EXPECT_NE(service.origin("/tmp/a"), host.origin("/tmp/a"));
}

TEST(MountTable, AContainerHasOthers) {
  const MountTable host = MountTable::parse(kHost);
  for (const char* root : {"300 200 0:77 / / rw - overlay overlay rw\n",
                           "300 200 8:1 /var/lib/machines/a / rw - ext4 /dev/sda1 rw\n"})
    EXPECT_NE(MountTable::parse(root).origin("/etc/a"), host.origin("/etc/a")) << root;
}

TEST(MountTable, InAChrootThatIsNoMountNothingIsKnown) {
  EXPECT_EQ(MountTable::parse("").origin("/etc/a"), std::nullopt);
  EXPECT_EQ(MountTable::parse("23 22 0:5 / /proc rw - proc proc rw\n").origin("/etc/a"),
            std::nullopt);
}

TEST(MountTable, AMountHidesWhatLiesBelowIt) {
  const MountTable table = MountTable::parse(
      "22 1 8:1 / / rw - ext4 a rw\n30 22 8:2 / /a/b rw - ext4 b rw\n"
      "31 22 8:3 / /a rw - ext4 c rw\n32 31 8:4 / /a rw - ext4 d rw\n");
  EXPECT_EQ(table.origin("/a/b/c"), "8:4 / /a");
}

TEST(MountTable, MalformedLinesAreLeftOut) {
  EXPECT_EQ(MountTable::parse("22\n\n22 1 8:1\n22 22 8:1 / / rw\n").origin("/x"), "8:1 / /");
}

}  // namespace
}  // namespace tierwatch
