// SPDX-License-Identifier: MIT
#include "collectors/parse/cgroup_name.h"

#include <gtest/gtest.h>

namespace tierwatch {
namespace {

const std::string kId = "3fa9c1d2b3e4f5061728394a5b6c7d8e9f00112233445566778899aabbccddee";
const std::string kUid = "3b1f2c4d-1111-2222-3333-444455556666";

TEST(CgroupName, OfUnits) {
  EXPECT_EQ(unit_or_container("/system.slice/shop.service"), "shop.service");
  EXPECT_EQ(unit_or_container("/user.slice/user-1000.slice/user@1000.service/app.slice/x.service"),
            "x.service");
}

TEST(CgroupName, NoneForWhatHoldsWhateverSomebodyStarted) {
  for (const char* path :
       {"/", "", "/user.slice/user-0.slice/session-3.scope", "/system.slice/shop.service/sub",
        "/user.slice/user-1000.slice/user@1000.service/app.slice/run-1.scope"})
    EXPECT_EQ(unit_or_container(path), "") << path;
}

TEST(CgroupName, OfContainersByTheirShortId) {
  for (const std::string& path :
       {"/docker/" + kId, "/system.slice/docker-" + kId + ".scope", "/default/" + kId,
        "/system.slice/nerdctl-" + kId + ".scope", "/machine.slice/libpod-" + kId + ".scope",
        "/machine.slice/libpod-" + kId + ".scope/container", "/libpod_parent/libpod-" + kId,
        "/user.slice/user-1000.slice/user@1000.service/user.slice/libpod-" + kId +
            ".scope/container",
        "/../../docker/" + kId})
    EXPECT_EQ(unit_or_container(path), "container 3fa9c1d2b3e4") << path;
}

TEST(CgroupName, OfPodsByUidAndContainer) {
  std::string with_underscores = kUid;
  for (char& c : with_underscores) c = c == '-' ? '_' : c;
  for (const std::string& path :
       {"/kubepods/burstable/pod" + kUid + "/" + kId,
        "/kubepods.slice/kubepods-burstable.slice/kubepods-burstable-pod" + with_underscores +
            ".slice/cri-containerd-" + kId + ".scope",
        "/kubepods.slice/kubepods-pod" + with_underscores + ".slice/crio-" + kId + ".scope"})
    EXPECT_EQ(unit_or_container(path), "pod 3b1f2c4d, container 3fa9c1d2b3e4") << path;
  EXPECT_EQ(unit_or_container("/kubepods/pod" + kUid), "pod 3b1f2c4d");
  EXPECT_EQ(unit_or_container("/tripod"), "");
}

TEST(CgroupName, OfMachinesAndLxcWithTheUnitInside) {
  EXPECT_EQ(unit_or_container("/machine.slice/systemd-nspawn@web.service/payload"), "machine web");
  EXPECT_EQ(unit_or_container("/machine.slice/machine-web\\x2d1.scope/payload"), "machine web-1");
  EXPECT_EQ(
      unit_or_container("/machine.slice/machine-web.scope/payload/system.slice/nginx.service"),
      "machine web, nginx.service");
  EXPECT_EQ(unit_or_container("/lxc.payload.web/system.slice/nginx.service"),
            "container web, nginx.service");
  EXPECT_EQ(unit_or_container("/lxc/web"), "container web");
  EXPECT_EQ(unit_or_container("/lxc.payload/web/init.scope"), "container web");
  EXPECT_EQ(unit_or_container("/machine.slice/libpod-" + kId + ".scope/system.slice/a.service"),
            "container 3fa9c1d2b3e4, a.service");
}

TEST(CgroupName, WhoeverKeepsAContainerIsNotInIt) {
  EXPECT_EQ(unit_or_container("/machine.slice/libpod-conmon-" + kId + ".scope"), "");
  EXPECT_EQ(unit_or_container("/machine.slice/crio-conmon-" + kId + ".scope"), "");
}

TEST(CgroupName, IsPrintableAndShortWhateverItIsMadeOf) {
  EXPECT_EQ(unit_or_container("/lxc/a\x1b[2J\nb"), "container a\\x1b[2J\\x0ab");
  const std::string name = unit_or_container("/lxc/" + std::string(255, '\x1b'));
  EXPECT_LE(name.size(), kLongestCgroupName);
  EXPECT_EQ(unit_or_container("/machine.slice/machine-\\x1b.scope"), "machine \\x1b");
  for (const char* text : {"//", "///.service", "/machine-.scope", "/lxc.payload.", "/-pod",
                           "/kubepods-pod", "/systemd-nspawn@.service"})
    EXPECT_LE(unit_or_container(text).size(), kLongestCgroupName);
}

}  // namespace
}  // namespace tierwatch
