// SPDX-License-Identifier: MIT
#include "collectors/loads/load_import.h"

#include <algorithm>

#include "collectors/loads/reading/import_input.h"
#include "collectors/loads/series/plausibility.h"
#include "collectors/text/plain_words.h"

namespace tierwatch {
namespace {

bool is_known(std::string_view format) {
  const auto formats = load_formats();
  return std::find(formats.begin(), formats.end(), format) != formats.end();
}

std::string unknown_format(std::string_view format) {
  return "\"" + std::string(format) +
         "\" is no format of a load generator; known are: " + joined(load_formats());
}

bool is_format_name(std::string_view text) {
  return !text.empty() &&
         text.find_first_not_of("abcdefghijklmnopqrstuvwxyz0123456789_-") == std::string_view::npos;
}

LoadSeries read_recognised(ImportInput& input) {
  const LoadFormat& format = recognise(input);
  LoadSeries series = format.read(input);
  input.losses.warn(series.warnings);
  if (series.tool.empty()) series.tool = format.tool;
  series.source = input.file.string();
  if (!series.start) series.start = input.options.start;
  refuse_the_impossible(series, input);
  return series;
}

}  // namespace

std::vector<std::string_view> load_formats() {
  std::vector<std::string_view> tools;
  for (const LoadFormat* format : load_format_table()) tools.push_back(format->tool);
  std::sort(tools.begin(), tools.end());
  tools.erase(std::unique(tools.begin(), tools.end()), tools.end());
  return tools;
}

LoadArgument parse_load_argument(std::string_view text) {
  const auto colon = text.find(':');
  if (colon == std::string_view::npos || colon + 1 == text.size()) return {{}, text};
  const std::string_view format = text.substr(0, colon);
  if (is_known(format)) return {std::string(format), text.substr(colon + 1)};
  std::error_code unreadable;  // then it does not exist for us, either
  if (is_format_name(format) && !std::filesystem::exists(text, unreadable))
    throw ImportError(unknown_format(format));
  return {{}, text};
}

LoadSeries import_load(const std::filesystem::path& file, const ImportOptions& options) {
  if (options.format && !is_known(*options.format))
    throw ImportError(unknown_format(*options.format));
  ByteSource source(file, options.progress);
  ImportInput input{source, source.name(), options, {}};
  try {
    LoadSeries series = read_recognised(input);
    if (source.cut()) series.warnings.push_back("the gzip data end early: what was there is read");
    return series;
  } catch (const ImportError& error) {
    if (!source.cut()) throw;
    throw ImportError(std::string(error.what()) + "; its gzip data end early: the file is cut");
  }
}

}  // namespace tierwatch
