// SPDX-License-Identifier: MIT
#include "tests/support/fake_proc.h"

#include <gtest/gtest.h>

#include "collectors/parse/proc_fs.h"

namespace tierwatch {
namespace {

TEST(FakeProc, IsReadAsAMachine) {
  const FakeProc proc;
  proc.write("proc/42/stat", "old");
  proc.write("proc/42/stat", "new");
  proc.link("proc/42/exe", "/usr/sbin/nginx");
  proc.make_unreadable("proc/42/io");
  const ProcFs files(proc.root());
  std::string buffer;
  EXPECT_EQ(files.read("proc/42/stat", buffer).text, "new");
  EXPECT_EQ(files.link("proc/42/exe"), "/usr/sbin/nginx");
  EXPECT_EQ(files.read("proc/42/io", buffer).fault, Fault::kOther);
  proc.remove("proc/42");
  EXPECT_EQ(files.read("proc/42/stat", buffer).fault, Fault::kGone);
}

TEST(FakeProc, LeavesNothingBehind) {
  std::filesystem::path root;
  {
    const FakeProc proc;
    proc.write("proc/stat", "");
    root = proc.root();
    EXPECT_TRUE(std::filesystem::exists(root));
  }
  EXPECT_FALSE(std::filesystem::exists(root));
}

}  // namespace
}  // namespace tierwatch
