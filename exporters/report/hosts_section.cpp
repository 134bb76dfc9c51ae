// SPDX-License-Identifier: MIT
#include "exporters/report/hosts_section.h"

#include <algorithm>

#include "collectors/text/plain_words.h"
#include "exporters/report/report_words.h"
#include "exporters/report/run_tables.h"

namespace tierwatch {
namespace {

constexpr std::size_t kMostHostsNamed = 12;  ///< in a sentence

std::string named_for_words(const HostInRun& host) {
  if (!host.named) return host.clear_seconds >= host.unknown_seconds ? "nothing" : "not known";
  return host.named->tier + " " + std::string(to_string(host.named->resource));
}

std::vector<std::string> host_row(const HostInRun& host) {
  return {
      host.host,
      or_absent(host.processors, whole),
      or_absent(host.busy_cores, two_digits),
      joined(host.tiers, ", "),
      named_for_words(host),
      host.named ? duration_words(host.named_seconds) + " of " + duration_words(host.seconds) : "",
      few_digits(host.scrape_seconds) + " s"};
}

std::vector<std::string> wait_row(const HostInRun& host, const HostWait& wait) {
  return {wait.tier + " at " + host.host, wait.peer, few_digits(wait.requests),
          or_absent(wait.share, percent), wait.watched ? "" : "not watched"};
}

}  // namespace

std::string hosts_words(const RunFindings& findings) {
  std::vector<std::string> names;
  for (const HostInRun& host : findings.hosts)
    if (names.size() < kMostHostsNamed) names.push_back(host.host);
  if (names.empty()) return "";
  const std::size_t more = findings.hosts.size() - names.size();
  return std::to_string(findings.hosts.size()) + ": " + joined(names, ", ") +
         (more > 0 ? " and " + std::to_string(more) + " more" : "");
}

ReportSection hosts_section(const RunFindings& findings) {
  ReportTable hosts{.columns = {{"host", true},
                                {"cores"},
                                {"busy"},
                                {"tiers", true},
                                {"full", true},
                                {"for"},
                                {"scraped"}}};
  ReportTable waits{
      .columns = {{"who", true}, {"waits for", true}, {"requests"}, {"of its own"}, {"", true}}};
  for (const HostInRun& host : findings.hosts) {
    hosts.rows.push_back(host_row(host));
    for (const HostWait& wait : host.waits) waits.rows.push_back(wait_row(host, wait));
  }
  return {
      .title = "Hosts",
      .tables = {without_empty_columns(std::move(hosts)), without_empty_columns(std::move(waits))}};
}

}  // namespace tierwatch
