// SPDX-License-Identifier: MIT
#include "collectors/text/secrets.h"

#include <gtest/gtest.h>

namespace tierwatch {
namespace {

TEST(MaskedValue, WhatNamesASecretIsHidden) {
  for (const char* name : {"DB_PASSWORD", "PGPASSWORD", "api_key", "AWS_SECRET_ACCESS_KEY",
                           "GITHUB_TOKEN", "HTTP_AUTHORIZATION", "SENTRY_DSN", "SESSION_COOKIE"})
    EXPECT_EQ(masked_value(name, "hunter2"), "***") << name;
}

TEST(MaskedValue, WhatLooksLikeAKeyIsHiddenUnderAnyName) {
  EXPECT_EQ(masked_value("X", "ghp_16C7e42F292c6912E7710c838347Ae178B4a"), "***");
  EXPECT_EQ(masked_value("OPTS", "--with 0123456789abcdef0123456789abcdef"), "***");
}

TEST(MaskedValue, OfAnAddressOnlyThePasswordIsHidden) {
  EXPECT_EQ(masked_value("DATABASE_URL", "postgres://shop:p@ss@db:5432/shop"),
            "postgres://shop:***@db:5432/shop");
  EXPECT_EQ(masked_value("URLS", "redis://:pw@a/0 http://b/ amqp://u:p@c"),
            "redis://:***@a/0 http://b/ amqp://u:***@c");
}

TEST(MaskedValue, EverydayValuesAreShown) {
  EXPECT_EQ(masked_value("PATH", "/usr/local/bin:/usr/bin"), "/usr/local/bin:/usr/bin");
  EXPECT_EQ(masked_value("PWD", "/srv/shop"), "/srv/shop");
  EXPECT_EQ(masked_value("LANG", "C.UTF-8"), "C.UTF-8");
  EXPECT_EQ(masked_value("UWSGI_WORKERS", "4"), "4");
  EXPECT_EQ(masked_value("BACKEND", "http://127.0.0.1:8000/"), "http://127.0.0.1:8000/");
  EXPECT_EQ(masked_value("EMPTY_PASSWORD", ""), "");
}

}  // namespace
}  // namespace tierwatch
