// SPDX-License-Identifier: MIT
#include "collectors/servers/conf/php_fpm_conf.h"

#include <gtest/gtest.h>

namespace tierwatch {
namespace {

std::vector<std::string> no_files(const std::string&) { return {}; }

TEST(PhpFpm, PathIsInTheMastersTitle) {
  EXPECT_EQ(php_fpm_conf_path("php-fpm: master process (/etc/php/8.2/fpm/php-fpm.conf)   "),
            "/etc/php/8.2/fpm/php-fpm.conf");
  EXPECT_EQ(php_fpm_conf_path("php-fpm8.2 -F"), std::nullopt);
  EXPECT_EQ(php_fpm_conf_path(")("), std::nullopt);
}

TEST(PhpFpm, ChildrenOfAllPoolsAreSummed) {
  const auto read = [](const std::string& path) -> std::vector<std::string> {
    if (path != "/etc/php/8.2/fpm/pool.d/") return {};
    return {"[www]\npm = dynamic\npm.max_children = 5 ; five\n",
            "; [old]\n[shop]\npm.max_children=20"};
  };
  EXPECT_EQ(php_fpm_max_children("[global]\npid = /run/x\ninclude=/etc/php/8.2/fpm/pool.d/*.conf\n",
                                 read),
            25u);
}

TEST(PhpFpm, APoolOfUnknownSizeLeavesTheSumUnknown) {
  for (const char* text : {"", "[global]\n", "[www]\npm = static\n", "[www]\npm.max_children = x\n",
                           "[a]\npm.max_children = 3\n[b]\npm = static\n"})
    EXPECT_EQ(php_fpm_max_children(text, no_files), std::nullopt) << text;
}

TEST(PhpFpm, AFileThatIncludesItselfEnds) {
  const std::string text = "[www]\npm.max_children = 1\ninclude=/x.conf\n";
  const auto read = [&](const std::string&) { return std::vector<std::string>{text}; };
  EXPECT_TRUE(php_fpm_max_children(text, read));
}

}  // namespace
}  // namespace tierwatch
