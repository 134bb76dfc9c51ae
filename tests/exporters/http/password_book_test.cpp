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
    EXPECT_EQ(users.admit("prometheus", "secret", "a"), Admission::kGranted) << hash;
    EXPECT_EQ(users.admit("prometheus", "Secret", "a"), Admission::kRefused) << hash;
    EXPECT_EQ(users.admit("prometheus", "", "a"), Admission::kRefused) << hash;
  }
}

TEST_F(PasswordBookTest, AnUnknownUserIsRefusedWithAKnownPassword) {
  PasswordBook users = book(kBcrypt);
  EXPECT_EQ(users.admit("grafana", "secret", "a"), Admission::kRefused);
  EXPECT_EQ(users.admit("", "secret", "a"), Admission::kRefused);
}

TEST_F(PasswordBookTest, APasswordEndsWhereItEndsNotAtANul) {
  PasswordBook users = book(kBcrypt);
  EXPECT_EQ(users.admit("prometheus", std::string("secret\0more", 11), "a"), Admission::kRefused);
}

TEST_F(PasswordBookTest, ManyGuessesAreNotHashedWhileTheRightOneIsStillGranted) {
  PasswordBook users = book(kBcrypt);
  ASSERT_EQ(users.admit("prometheus", "secret", "a"), Admission::kGranted);
  for (int i = 1; i < PasswordBook::kHashesPerSecond; ++i)
    EXPECT_EQ(users.admit("prometheus", std::to_string(i), "a"), Admission::kRefused);
  for (int i = 0; i < 100; ++i) {
    EXPECT_EQ(users.admit("prometheus", "guess", "a"), Admission::kTooMany);
    EXPECT_EQ(users.admit("prometheus", "secret", "a"), Admission::kGranted) << "it is remembered";
  }
  now_ += std::chrono::seconds(1);
  EXPECT_EQ(users.admit("prometheus", "guess", "a"), Admission::kRefused);
}

TEST_F(PasswordBookTest, WhoGuessesLocksOutNobodyElse) {
  PasswordBook users = book(kBcrypt);
  for (int second = 0; second < 3; ++second, now_ += std::chrono::seconds(1)) {
    for (int i = 0; i < 1000; ++i)
      EXPECT_NE(users.admit("prometheus", "guess", "a"), Admission::kGranted);
    PasswordBook started_anew = book(kBcrypt);  // nothing is remembered, and the flood goes on
    for (int i = 0; i < 1000; ++i) started_anew.admit("prometheus", "guess", "a");
    EXPECT_EQ(started_anew.admit("prometheus", "secret", "b"), Admission::kGranted);
  }
  EXPECT_EQ(users.admit("prometheus", "secret", "b"), Admission::kGranted);
}

TEST_F(PasswordBookTest, ASuspicionEnds) {
  PasswordBook users = book(kBcrypt);
  const auto hashed = [&users] {
    int count = 0;
    for (int i = 0; i < 10; ++i)
      count += users.admit("prometheus", "guess", "a") == Admission::kRefused;
    return count;
  };
  EXPECT_EQ(hashed(), PasswordBook::kHashesForSuspects);
  now_ += std::chrono::seconds(1);
  EXPECT_EQ(hashed(), PasswordBook::kHashesForSuspects);
  EXPECT_EQ(users.admit("prometheus", "guess", "b"), Admission::kRefused) << "the last one";
  now_ += PasswordBook::kSuspicion;
  EXPECT_EQ(users.admit("prometheus", "secret", "a"), Admission::kGranted);
}

TEST_F(PasswordBookTest, WithoutUsersNobodyIsGranted) {
  PasswordBook users({}, [] { return std::chrono::nanoseconds{}; });
  EXPECT_TRUE(users.empty());
  EXPECT_EQ(users.admit("", "", "a"), Admission::kRefused);
}

TEST(PasswordHashProblem, GoodOnesHaveNone) {
  for (const std::string& hash : {kBcrypt, kYescrypt, kSha512})
    EXPECT_EQ(password_hash_problem(hash), "") << hash;
  EXPECT_EQ(password_hash_problem("$2y$" + kBcrypt.substr(4)), "") << "as htpasswd writes it";
}

TEST(PasswordHashProblem, BadOnesAreToldApart) {
  EXPECT_EQ(password_hash_problem(""), "it is not a password hash");
  EXPECT_EQ(password_hash_problem("secret"), "it is not a password hash");
  EXPECT_EQ(password_hash_problem("$apr1$abcdefgh$0123456789012345678901"),
            "it is not a password hash");
  EXPECT_NE(password_hash_problem("$1$abcdefgh$irWbblnpmw.5z7wgBnprh0").find("weak"),
            std::string::npos);
  EXPECT_NE(password_hash_problem(kBcrypt.substr(0, 40)).find("cut off"), std::string::npos);
  EXPECT_NE(password_hash_problem(kBcrypt + "x").find("longer"), std::string::npos);
}

TEST(BasicCredentials, AreTakenApartAtTheFirstColon) {
  const auto credentials = basic_credentials("Basic bWU6c2VjOnJldA==");
  ASSERT_TRUE(credentials);
  EXPECT_EQ(credentials->user, "me");
  EXPECT_EQ(credentials->password, "sec:ret");
  EXPECT_EQ(basic_credentials("  basic   bWU6").value().password, "");
}

TEST(BasicCredentials, WhatIsNotBasicIsAbsent) {
  for (const char* header : {"", "Basic", "Bearer bWU6c2VjOnJldA==", "Basic bWU", "Basic b",
                             "Basic bWU6*", "Basic =", "Basic bWU6c2VjOnJldA== x"})
    EXPECT_FALSE(basic_credentials(header)) << header;
}

}  // namespace
}  // namespace tierwatch
