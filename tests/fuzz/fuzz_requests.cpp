// SPDX-License-Identifier: MIT
//
// Any configuration, any line of a log and any answer of a stats server: read or refused, in
// bounded room. The input is a configuration up to a zero byte, then lines.
#include <cstdlib>

#include "analysis/inside/request_findings.h"
#include "collectors/requests/endpoint.h"
#include "collectors/servers/conf/nginx_logs.h"
#include "collectors/servers/conf/uwsgi_conf.h"
#include "collectors/text/text_scan.h"

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  using namespace tierwatch;
  std::string_view text(reinterpret_cast<const char*>(data), size);
  requests_in_progress(text);
  uwsgi_stats_address(text, [&](const std::string&) { return std::string(text); });
  const std::string_view conf = take_until(text, '\0');
  const auto logs = nginx_access_logs(conf, [](const std::string&) { return std::nullopt; });
  std::string format = "$request|$status|$request_time|$upstream_response_time", why;
  if (logs && !logs->places.empty()) format = logs->places.front().format;
  const auto parsed = LogFormat::parse(format, why);
  EndpointTally tally;
  while (parsed && !text.empty()) {
    LoggedRequest request;
    if (parsed->read(take_until(text, '\n'), request)) tally.add(request);
  }
  find_requests(tally, 1);
  for (const EndpointTally::Row& row : tally.rows())
    if (row.endpoint.size() > 1000) std::abort();
  return 0;
}
