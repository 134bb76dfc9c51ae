// SPDX-License-Identifier: MIT
#include "daemon/service/sample_push.h"

#include <cstdlib>
#include <utility>

#include "config/values.h"
#include "daemon/service/log.h"
#include "daemon/service/otlp_settings.h"
#include "exporters/http/http_fetcher.h"

namespace tierwatch {

void SamplePush::configure(const OtlpConfig& config) {
  OtlpSettings settings = otlp_settings(config, [](const char* name) { return std::getenv(name); });
  for (const std::string& warning : settings.warnings) log_warn(warning);
  if (settings.push == wanted_) return;
  pusher_.reset();
  wanted_ = std::move(settings.push);
  if (!wanted_) return;
  try {
    pusher_ = std::make_unique<OtlpPusher>(*wanted_, state_, log_warn);
    log_info("samples are pushed every " + format_duration(wanted_->interval) + " to " +
             without_password(wanted_->url));
  } catch (const std::exception& error) {  // no thread to be had
    log_warn("no sample is pushed until a reload: " + std::string(error.what()));
    wanted_.reset();
  }
}

}  // namespace tierwatch
