// SPDX-License-Identifier: MIT
#include "daemon/commands/output_charset.h"

#include <fcntl.h>
#include <gtest/gtest.h>

#include <cstdlib>
#include <optional>
#include <string>
#include <utility>

#include "collectors/parse/proc_fs.h"

namespace tierwatch {
namespace {

/// The variables of the locale are put back at the end.
class OutputCharset : public ::testing::Test {
 protected:
  OutputCharset() {
    for (auto& [name, before] : variables_) {
      if (const char* value = std::getenv(name)) before = value;
      unsetenv(name);
    }
  }
  ~OutputCharset() override {
    for (const auto& [name, before] : variables_)
      before ? setenv(name, before->c_str(), 1) : unsetenv(name);
  }
  Charset of_file() const { return output_charset(file_.get()); }

 private:
  FileDescriptor file_{open("/dev/null", O_WRONLY | O_CLOEXEC)};
  std::pair<const char*, std::optional<std::string>> variables_[3] = {
      {"LC_ALL", {}}, {"LC_CTYPE", {}}, {"LANG", {}}};
};

TEST_F(OutputCharset, IsThatOfTheFirstLocaleThatIsSet) {
  EXPECT_EQ(of_file(), Charset::kUnicode) << "a file may hold anything";
  setenv("LANG", "C", 1);
  EXPECT_EQ(of_file(), Charset::kAscii);
  setenv("LC_CTYPE", "de_DE.utf8", 1);
  EXPECT_EQ(of_file(), Charset::kUnicode);
  setenv("LC_ALL", "", 1);
  EXPECT_EQ(of_file(), Charset::kUnicode) << "empty is not set";
  setenv("LC_ALL", "de_DE.ISO-8859-1", 1);
  EXPECT_EQ(of_file(), Charset::kAscii);
}

TEST(InCharset, LinesAndWhatIsAsciiStay) {
  const std::string text = "a → b\n\t─ 4 × “x” 中\n";
  EXPECT_EQ(in_charset(text, Charset::kUnicode), text);
  EXPECT_EQ(in_charset(text, Charset::kAscii), "a > b\n\t- 4 x \"x\" ?\n");
}

}  // namespace
}  // namespace tierwatch
