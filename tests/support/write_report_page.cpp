// SPDX-License-Identifier: MIT
//
// Writes a report's page to standard output, for a browser to open: of the sample run, or with the
// second argument wherever something from outside can stand (`sample`, `hostile TEXT`), or of a
// synthetic run (`synthetic`).
#include <iostream>
#include <string_view>

#include "exporters/report/formats/report_html.h"
#include "exporters/report/formats/report_text.h"
#include "tests/support/sample_report.h"
#include "tests/support/synthetic_run.h"

namespace tierwatch {
namespace {

void write_page(const RunData& run, const RunFindings& findings) {
  std::cout << report_html(findings, plots_of(run, findings));
}

int write(std::string_view which, const char* text) {
  if (which == "synthetic") {
    const SyntheticRun run = synthetic_run({});
    const RunData data = run.data();
    if (text)
      std::cout << report_text(find_in_run(data), plots_of(data, find_in_run(data)));
    else
      write_page(data, find_in_run(data));
    return 0;
  }
  const SampleReport report = which == "hostile" && text ? hostile_report(text) : sample_report();
  write_page(report.data(), report.findings);
  return 0;
}

}  // namespace
}  // namespace tierwatch

int main(int argc, char** argv) {
  return tierwatch::write(argc > 1 ? argv[1] : "sample", argc > 2 ? argv[2] : nullptr);
}
