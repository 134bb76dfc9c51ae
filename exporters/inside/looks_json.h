// SPDX-License-Identifier: MIT
//
// What all documents of `tierwatch inside --json` have.
#pragma once

#include "analysis/inside/inside_report.h"
#include "exporters/json/json_writer.h"

namespace tierwatch {

/// "sentence", "tier", "why_this_tier".
inline Json looks_json(const InsideLooks& looks) {
  Json document{{"sentence", looks.verdict.sentence}, {"tier", looks.tier}};
  if (!looks.why.empty()) document["why_this_tier"] = looks.why;
  return document;
}

/// How it was looked at.
inline void put_looks(Json& document, const InsideLooks& looks) {
  document["processes"] = looks.processes;
  document["seconds"] = looks.seconds;
  document["looks"] = looks.looks;
  document["looks_per_second_wanted"] = looks.hz;
  document["cost_cores"] = looks.cost;
}

}  // namespace tierwatch
