// SPDX-License-Identifier: MIT
//
// The parts of a report's JSON: steps, demands, ceilings, and what was foretold.
#pragma once

#include "analysis/runs/run_findings.h"
#include "exporters/report/json_builder.h"

namespace tierwatch {

ReportJson json_of(const StepFindings& step);
ReportJson json_of(const HostAtStep& host);
ReportJson json_of(const Ceiling& ceiling);
ReportJson json_of(const DemandFindings& demand);
ReportJson json_of(const ScalabilityFit& fit);
ReportJson json_of(const LimitForecast& forecast);
ReportJson json_of(const Waste& waste);
ReportJson json_of(const WhatIfAnswer& answer);

}  // namespace tierwatch
