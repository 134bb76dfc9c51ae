// SPDX-License-Identifier: MIT
#include "collectors/parse/capabilities.h"

#include "collectors/text/text_scan.h"

namespace tierwatch {

std::uint64_t effective_capabilities(const ProcFs& files) {
  std::string buffer;
  const FileText status = files.read("proc/self/status", buffer);
  std::string_view rest = status ? status.text : std::string_view{};
  while (!rest.empty()) {
    std::string_view line = take_until(rest, '\n');
    if (take_until(line, ':') == "CapEff")
      return to_number<std::uint64_t>(trim_blanks(line), 16).value_or(0);
  }
  return 0;
}

}  // namespace tierwatch
