// SPDX-License-Identifier: MIT
//
// Files of load generators for tests: real ones from tests/fixtures/load/, and made ones.
#pragma once

#include <gtest/gtest.h>

#include <filesystem>
#include <fstream>
#include <string>
#include <string_view>

#include "collectors/loads/load_import.h"
#include "tests/support/source_tree.h"
#include "tests/support/temporary_folder.h"

namespace tierwatch {

/// A folder that is removed with this object.
class LoadFolder {
 public:
  std::filesystem::path write(std::string_view name, std::string_view text) const {
    const auto file = folder_ / name;
    std::ofstream(file, std::ios::binary) << text;
    return file;
  }

 private:
  TemporaryFolder folder_;
};

inline std::filesystem::path load_fixture(std::string_view name) {
  return std::filesystem::path(source_path("tests/fixtures/load")) / name;
}

/// What a file with that text is read as.
inline LoadSeries import_text(std::string_view text, const ImportOptions& options = {}) {
  const LoadFolder folder;
  return import_load(folder.write("file", text), options);
}

/// Why a file with that text is refused, without the folder's name; fails when it is not.
inline std::string refusal_of(std::string_view text, const ImportOptions& options = {}) {
  const LoadFolder folder;
  try {
    import_load(folder.write("file", text), options);
  } catch (const ImportError& error) {
    const std::string said = error.what();
    const auto name = said.find("/file:");
    return name == std::string::npos ? said : said.substr(name + 1);
  }
  ADD_FAILURE() << "was not refused";
  return {};
}

/// Whether one of the warnings has that text in it.
inline bool warns_of(const LoadSeries& series, std::string_view text) {
  for (const std::string& warning : series.warnings)
    if (warning.find(text) != std::string::npos) return true;
  return false;
}

}  // namespace tierwatch
