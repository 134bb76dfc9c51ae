// SPDX-License-Identifier: MIT
#include "collectors/process/visibility.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "tests/support/fake_proc.h"

namespace tierwatch {
namespace {

using testing::ElementsAre;
using testing::HasSubstr;
using testing::IsEmpty;

std::string mounts(const std::string& options) {
  return "22 1 254:0 / / rw,relatime shared:1 - ext4 /dev/vda rw\n"
         "23 22 0:21 / /proc rw,nosuid shared:2 master:1 - proc proc " +
         options + "\n";
}

TEST(ParseHidepid, ReadsBothWaysOfWritingIt) {
  EXPECT_EQ(parse_hidepid(mounts("rw,hidepid=2")), "2");
  EXPECT_EQ(parse_hidepid(mounts("rw,gid=4,hidepid=invisible")), "invisible");
}

TEST(ParseHidepid, OffIsNone) {
  for (const char* options : {"rw", "rw,hidepid=0", "rw,hidepid=off"})
    EXPECT_EQ(parse_hidepid(mounts(options)), "") << options;
}

TEST(ParseHidepid, LastMountLiesOnTop) {
  EXPECT_EQ(parse_hidepid(mounts("rw,hidepid=2") + mounts("rw")), "");
}

TEST(ParseHidepid, OptionOfAnotherMountIsNotOurs) {
  EXPECT_EQ(parse_hidepid("30 22 0:22 / /chroot/proc rw - proc proc rw,hidepid=2\n"), "");
}

TEST(ParseHidepid, AnyTruncationIsSafe) {
  const std::string text = mounts("rw,hidepid=invisible");
  for (std::size_t length = 0; length < text.size(); ++length)
    parse_hidepid(text.substr(0, length));
}

TEST(VisibilityNotes, HiddenProcessesAreToldWithTheRemedy) {
  FakeProc proc;
  proc.write("proc/self/mountinfo", mounts("rw,hidepid=2"));
  EXPECT_THAT(visibility_notes(ProcFs(proc.root())),
              ElementsAre(AllOf(HasSubstr("hidepid=2"), HasSubstr("remount"))));
}

TEST(VisibilityNotes, WhoSeesProcessOneSeesAll) {
  FakeProc proc;
  proc.write("proc/self/mountinfo", mounts("rw,hidepid=2"));
  proc.write("proc/1/stat", "1 (systemd) S 0\n");
  EXPECT_THAT(visibility_notes(ProcFs(proc.root())), IsEmpty());
}

}  // namespace
}  // namespace tierwatch
