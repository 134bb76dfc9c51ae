// SPDX-License-Identifier: MIT
#include "collectors/servers/conf/uwsgi_conf.h"

#include "collectors/text/text_scan.h"

namespace tierwatch {
namespace {

bool is_stats(std::string_view name) {
  return name == "stats" || name == "stats-server" || name == "stats_server";
}

/// "[uwsgi]" and "stats = ADDRESS"; other sections are others'.
std::optional<std::string> stats_of_ini(std::string_view text) {
  std::optional<std::string> found;
  bool ours = false;
  while (!text.empty()) {
    std::string_view line = trim_blanks(take_until(text, '\n'));
    if (line.ends_with('\r')) line.remove_suffix(1);
    if (line.starts_with('[')) ours = line == "[uwsgi]";
    if (!ours || line.starts_with('#') || line.starts_with(';')) continue;
    const std::string_view name = trim_blanks(take_until(line, '='));
    if (is_stats(name)) found = trim_blanks(line);
  }
  return found;
}

}  // namespace

std::optional<std::string> uwsgi_stats_address(std::string_view title, const UwsgiFiles& read) {
  std::optional<std::string> found;
  const auto add_file = [&](std::string_view path) {
    const auto text = path.empty() ? std::nullopt : read(std::string(path));
    if (auto stats = text ? stats_of_ini(*text) : std::nullopt) found = std::move(stats);
  };
  take_field(title);  // the program
  while (true) {
    std::string_view word = take_field(title);
    if (word.empty()) break;
    const bool option = word.starts_with('-');
    while (word.starts_with('-')) word.remove_prefix(1);
    if (!option && word.ends_with(".ini")) add_file(word);
    if (!option) continue;
    const bool joined = word.find('=') != word.npos;
    const std::string_view name = take_until(word, '=');
    if (!is_stats(name) && name != "ini") continue;
    const std::string_view value = joined ? word : take_field(title);
    if (name == "ini")
      add_file(value);
    else
      found = value;
  }
  // %n, $(HOME): what they stand for is uWSGI's to know.
  if (found && (found->empty() || found->find_first_of("%$@") != std::string::npos))
    return std::nullopt;
  return found;
}

}  // namespace tierwatch
