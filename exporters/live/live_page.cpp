// SPDX-License-Identifier: MIT
#include "exporters/live/live_page.h"

#include "collectors/text/printable_text.h"
#include "exporters/live/live_assets.h"
#include "exporters/own_process.h"

namespace tierwatch {

std::string live_style() { return "\n" + std::string(kLiveCss); }

std::string live_script() {
  std::string script = "\n'use strict';\n(() => {\n";
  for (const std::string_view part : {kLiveFiguresJs, kLiveKnownJs, kLiveDrawingJs, kLiveJs})
    script += part;
  return script + "})();\n";
}

std::string live_page() {
  // The empty icon keeps browsers from asking for /favicon.ico.
  return "<!doctype html>\n<html lang=\"en\">\n<head>\n<meta charset=\"utf-8\">\n"
         "<meta name=\"viewport\" content=\"width=device-width, initial-scale=1\">\n"
         "<meta name=\"color-scheme\" content=\"light dark\">\n"
         "<link rel=\"icon\" href=\"data:,\">\n<title>tierwatch</title>\n<style>" +
         live_style() + "</style>\n</head>\n<body>\n" + std::string(kLiveHtml) +
         "<footer>tierwatch " + html_escaped(build_version()) + "</footer>\n<script>" +
         live_script() + "</script>\n</body>\n</html>\n";
}

}  // namespace tierwatch
