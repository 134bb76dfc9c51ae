// SPDX-License-Identifier: MIT
#include "exporters/http/netrc.h"

#include <gtest/gtest.h>

namespace tierwatch {
namespace {

std::string login(std::string_view text, std::string_view user = "") {
  const auto found = netrc_login(text, "localhost", user);
  return found ? found->user + ":" + found->password : "-";
}

TEST(Netrc, AnEntryCountsByItsName) {
  EXPECT_EQ(login("machine other login a password b\nmachine localhost login me password \"x y\""),
            "me:x y");
  EXPECT_EQ(login("machine localhost login a password 1 machine localhost login b password 2", "b"),
            "b:2");
  EXPECT_EQ(login("machine localhost login a password 1", "b"), "-");
}

TEST(Netrc, TheDefaultEntryNeverCounts) {
  EXPECT_EQ(login("default login root password secret"), "-");
  EXPECT_EQ(login("machine other login a password b\ndefault login root password secret"), "-");
}

TEST(Netrc, WordsInOtherPlacesAreNoEntries) {
  EXPECT_EQ(login("machine other login a password machine\nlocalhost login x password y"), "-");
  EXPECT_EQ(login("macdef m\nmachine localhost login a password b\n\n"), "-");
  EXPECT_EQ(login("# machine localhost login a password b\n"), "-");
  EXPECT_EQ(login("machine localhost login"), "-");
  EXPECT_EQ(login("machine localhost login a password \"b\\"), "a:b\\");
}

}  // namespace
}  // namespace tierwatch
