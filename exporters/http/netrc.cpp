// SPDX-License-Identifier: MIT
#include "exporters/http/netrc.h"

#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cstdlib>

#include "collectors/parse/proc_fs.h"

namespace tierwatch {
namespace {

constexpr std::size_t kMostBytes = 1u << 20;
constexpr std::string_view kBlanks = " \t\r\n";

class NetrcWords {
 public:
  explicit NetrcWords(std::string_view text) : rest_(text) {}

  /// The next word, without its quotes as curl(1) allows them; absent at the end.
  std::optional<std::string> next() {
    rest_.remove_prefix(std::min(rest_.find_first_not_of(kBlanks), rest_.size()));
    if (rest_.empty()) return std::nullopt;
    if (rest_.front() == '"') return quoted();
    const std::string word(rest_.substr(0, rest_.find_first_of(kBlanks)));
    rest_.remove_prefix(word.size());
    return word;
  }

  void skip_line() { skip_behind("\n"); }
  /// A macro ends with an empty line.
  void skip_macro() { skip_behind("\n\n"); }

 private:
  std::string quoted() {
    std::string word;
    std::size_t at = 1;
    for (; at < rest_.size() && rest_[at] != '"'; ++at) {
      if (rest_[at] == '\\' && at + 1 < rest_.size()) ++at;
      word += rest_[at];
    }
    rest_.remove_prefix(std::min(at + 1, rest_.size()));
    return word;
  }

  void skip_behind(std::string_view end) {
    const std::size_t found = rest_.find(end);
    rest_.remove_prefix(found == std::string_view::npos ? rest_.size() : found + end.size());
  }

  std::string_view rest_;
};

}  // namespace

std::optional<NetrcLogin> netrc_login(std::string_view text, std::string_view machine,
                                      std::string_view user) {
  NetrcWords words(text);
  bool ours = false;
  NetrcLogin login;
  const auto fits = [&] {
    return ours && !login.user.empty() && (user.empty() || login.user == user);
  };
  while (const auto word = words.next()) {
    if (*word == "machine" || *word == "default") {
      if (fits()) return login;
      ours = *word == "machine" && words.next() == machine;
      login = {};
    } else if (*word == "login") {
      login.user = words.next().value_or("");
    } else if (*word == "password") {
      login.password = words.next().value_or("");
    } else if (*word == "macdef") {
      words.skip_macro();
    } else if (word->starts_with('#')) {
      words.skip_line();
    }
  }
  return fits() ? std::optional(login) : std::nullopt;
}

std::string netrc_text() {
  const char* home = std::getenv("HOME");
  const std::string path = std::string(home ? home : "") + "/.netrc";
  // O_NONBLOCK: a FIFO must not hold us up.
  const FileDescriptor file(open(path.c_str(), O_RDONLY | O_NONBLOCK | O_NOCTTY | O_CLOEXEC));
  struct stat status {};
  if (!file || fstat(file.get(), &status) != 0 || !S_ISREG(status.st_mode)) return "";
  std::string text(kMostBytes, '\0');
  const ssize_t got = read(file.get(), text.data(), text.size());
  text.resize(got > 0 ? static_cast<std::size_t>(got) : 0);
  return text;
}

}  // namespace tierwatch
