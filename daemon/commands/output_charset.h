// SPDX-License-Identifier: MIT
//
// The characters in which a command answers.
#pragma once

#include <string>

#include "exporters/glyphs.h"

namespace tierwatch {

/// Those of the locale, by its name (setlocale(3)). Without a locale ASCII on a terminal, which may
/// show nothing else, and all characters in files and pipes. Thread-safe while nobody sets the
/// environment.
Charset output_charset(int descriptor);

/// A text of several lines in these characters; what is no text stays as it is.
std::string in_charset(std::string text, Charset charset);

}  // namespace tierwatch
