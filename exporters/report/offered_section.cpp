// SPDX-License-Identifier: MIT
#include "exporters/report/offered_section.h"

#include <algorithm>

#include "collectors/text/plain_words.h"
#include "exporters/report/report_words.h"
#include "exporters/report/run_tables.h"

namespace tierwatch {
namespace {

std::string model_words(const SendingModel& sending) {
  std::string words;
  switch (sending.model) {
    case LoadModel::kUnknown:
      return "Whether the load was open or closed is not known: " + sending.words + ".";
    case LoadModel::kClosed:
      words = "Closed load: ";
      break;
    case LoadModel::kPaced:
      words = "Closed load with a pace: ";
      break;
    case LoadModel::kOpen:
      words = "Open load: ";
      break;
  }
  return words + sending.words + (sending.measured ? "." : " (known of the tool, not measured).");
}

/// Only where something was offered: what was achieved stands among the load steps.
ReportTable offered_table(const RunFindings& findings) {
  ReportTable table{
      .columns = {{"from"}, {"users"}, {"offered/s"}, {"sent/s"}, {"achieved/s"}, {"short"}}};
  const auto& steps = findings.offered->steps;
  const bool any = std::ranges::any_of(
      steps, [](const OfferedInStep& step) { return step.offered_per_second.has_value(); });
  if (!any) return {};
  for (std::size_t i = 0; i < std::min(steps.size(), findings.steps.size()); ++i) {
    const OfferedInStep& step = steps[i];
    table.rows.push_back({elapsed_figure(findings.steps[i].from_run_begin_seconds),
                          or_absent(findings.steps[i].load.users, whole),
                          or_absent(step.offered_per_second, rate_figure),
                          or_absent(step.sent_per_second, rate_figure),
                          or_absent(step.achieved_per_second, rate_figure),
                          or_absent(step.short_ratio, ratio_figure)});
  }
  return without_empty_columns(std::move(table));
}

}  // namespace

ReportSection offered_section(const RunFindings& findings) {
  ReportSection section{.title = "Offered and achieved load"};
  if (!findings.offered) return section;
  const OfferedLoad& offered = *findings.offered;
  section.sentences.push_back(model_words(offered.sending));
  // Of an unknown model the reason has been given.
  if (offered.sending.model != LoadModel::kUnknown) {
    section.sentences.push_back(offered.words);
    section.sentences.push_back(offered.hidden_words);
  }
  section.tables.push_back(offered_table(findings));
  return section;
}

}  // namespace tierwatch
