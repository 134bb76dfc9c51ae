// SPDX-License-Identifier: MIT
#include "exporters/http/password_book.h"

#include <gtest/gtest.h>

namespace tierwatch {
namespace {

/// "secret" by each method: bcrypt of cost 4, yescrypt of cost 1, SHA-512 of 1,000 rounds.
const std::string kBcrypt = "$2b$04$7EIwwdMRdAdDMCv.voHMiO6DrsRMAwzoh8/iYvnFDWGq3H0lfhVf2";
const std::string kYescrypt =
    "$y$j75$8xyzKhD9eRzVWbkpQeWbK/$/tKmS/Y7.yMZ/oPcJdl8ByySSDhrtYVavsfurWPFsB7";
const std::string kSha512 =
    "$6$rounds=1000$abcdefgh$"
    "nhYjN017qxiYztzyUpZtPnUQcnLy62KsunSLHNeLahp2EHPlAKmFFlrjEwSXGo2kgY5hR2.peKEg2VGUqIJJu1";

class PasswordBookTest : public ::testing::Test {
 protected:
  PasswordBook book(const std::string& hash) {
    return PasswordBook({{"prometheus", hash}}, [this] { return now_; });
  }
  std::chrono::nanoseconds now_ = std::chrono::hours(1);
};

TEST_F(PasswordBookTest, TheRightPasswordIsGrantedByEachMethod) {
  for (const std::string& hash : {kBcrypt, kYescrypt, kSha512}) {
    PasswordBook users = book(hash);
    EXPECT_EQ(users.admit("prometheus", "secret"), Admission::kGranted) << hash;
    EXPECT_EQ(users.admit("prometheus", "Secret"), Admission::kRefused) << hash;
    EXPECT_EQ(users.admit("prometheus", ""), Admission::kRefused) << hash;
  }
}

TEST_F(PasswordBookTest, AnUnknownUserIsRefusedWithAKnownPassword) {
  PasswordBook users = book(kBcrypt);
  EXPECT_EQ(users.admit("grafana", "secret"), Admission::kRefused);
  EXPECT_EQ(users.admit("", "secret"), Admission::kRefused);
}

TEST_F(PasswordBookTest, APasswordEndsWhereItEndsNotAtANul) {
  PasswordBook users = book(kBcrypt);
  EXPECT_EQ(users.admit("prometheus", std::string("secret\0more", 11)), Admission::kRefused);
}

TEST_F(PasswordBookTest, ManyGuessesAreNotHashedWhileTheRightOneIsStillGranted) {
  PasswordBook users = book(kBcrypt);
  ASSERT_EQ(users.admit("prometheus", "secret"), Admission::kGranted);
  for (int i = 1; i < PasswordBook::kHashesPerSecond; ++i)
    EXPECT_EQ(users.admit("prometheus", std::to_string(i)), Admission::kRefused);
  for (int i = 0; i < 100; ++i) {
    EXPECT_EQ(users.admit("prometheus", "guess"), Admission::kTooMany);
    EXPECT_EQ(users.admit("prometheus", "secret"), Admission::kGranted) << "it is remembered";
  }
  now_ += std::chrono::seconds(1);
  EXPECT_EQ(users.admit("prometheus", "guess"), Admission::kRefused);
}

TEST_F(PasswordBookTest, WithoutUsersNobodyIsGranted) {
  PasswordBook users({}, [] { return std::chrono::nanoseconds{}; });
  EXPECT_TRUE(users.empty());
  EXPECT_EQ(users.admit("", ""), Admission::kRefused);
}

TEST(PasswordHashProblem, GoodOnesHaveNone) {
  for (const std::string& hash : {kBcrypt, kYescrypt, kSha512})
    EXPECT_EQ(password_hash_problem(hash), "") << hash;
  EXPECT_EQ(password_hash_problem("$2y$" + kBcrypt.substr(4)), "") << "as htpasswd writes it";
}

TEST(PasswordHashProblem, BadOnesAreToldApart) {
  EXPECT_EQ(password_hash_problem(""), "it is no password hash");
  EXPECT_EQ(password_hash_problem("secret"), "it is no password hash");
  EXPECT_EQ(password_hash_problem("$apr1$abcdefgh$0123456789012345678901"),
            "it is no password hash");
  EXPECT_NE(password_hash_problem("$1$abcdefgh$irWbblnpmw.5z7wgBnprh0").find("weak"),
            std::string::npos);
  EXPECT_NE(password_hash_problem(kBcrypt.substr(0, 40)).find("cut off"), std::string::npos);
  EXPECT_NE(password_hash_problem(kBcrypt + "x").find("longer"), std::string::npos);
}

}  // namespace
}  // namespace tierwatch
