// SPDX-License-Identifier: MIT
#include "daemon/commands/hosts_report.h"

#include <cstdlib>

#include "config/own_file.h"
#include "daemon/feeds/remote_feed.h"
#include "daemon/recorder/load_files.h"
#include "daemon/sources/password_prompt.h"
#include "exporters/http/http_fetcher.h"
#include "exporters/scraped/scraped_hosts.h"

namespace tierwatch {
namespace {

/// The first line of the file, without blanks at its end. It must not be a header of several lines.
std::string token_in(const std::filesystem::path& file) {
  const OwnFile read = read_own_file(file);
  if (!read.problem.empty()) throw std::runtime_error(file.string() + ": " + read.problem);
  std::string text = read.text;
  text.resize(std::min(text.size(), text.find_first_of("\r\n")));
  while (text.ends_with(' ') || text.ends_with('\t')) text.pop_back();
  if (text.empty())
    throw std::runtime_error(file.string() + ": there is no token in its first line");
  for (const char c : text)
    if (c < 0x21 || c > 0x7e)
      throw std::runtime_error(file.string() + ": a token has no blanks and only ASCII in it");
  return text;
}

/// The password comes from the environment, or ~/.netrc, or whoever sits at the terminal.
PrometheusOptions account_of(const PrometheusSource& source) {
  PrometheusOptions options{
      .url = source.url, .ca_file = source.ca_file, .insecure = source.insecure};
  if (source.bearer_token_file) {
    options.bearer_token = token_in(*source.bearer_token_file);
    return options;
  }
  const std::string user = user_in(source.url);
  if (user.empty()) return options;
  std::optional<std::string> password;
  if (const char* given = std::getenv("TIERWATCH_PASSWORD"))
    password = given;
  else if (HttpFetcher(
               {.base_url = source.url, .ca_file = source.ca_file, .insecure = source.insecure})
               .get("/api/v1/query?query=1")
               .status == 401)
    password = ask_password("Password of " + user + ": ");
  if (!password) return options;
  options.user = user;
  options.password = *password;
  return options;
}

WatchedHosts hosts_of(const ReportOptions& options) {
  PrometheusApi api(account_of(*options.prometheus));
  return read_scraped_hosts(
      api, {.instance = options.prometheus->instance, .from = *options.from, .to = *options.to});
}

}  // namespace

FoundHosts::FoundHosts(const ReportOptions& options)
    : run_(hosts_of(options)), time_{*options.from, *options.to} {
  alignment_.given = options.clock_offset;
  if (!options.loads.empty()) load_ = read_load_files(options.loads, time_);
}

RunData FoundHosts::data() const {
  RunData data = run_.data();
  data.label.begin = time_.begin;
  data.label.end = time_.end;
  data.alignment = alignment_;
  if (load_) data.load = &*load_;
  return data;
}

std::string prometheus_url_problem(const std::string& url) {
  const std::size_t scheme = url.find("://");
  if (scheme == std::string::npos) return "write it like http://prometheus:9090";
  if (url.find_first_of("?#") != std::string::npos)
    return "no query is wanted, only what stands before /api/v1";
  if (url.find("/api/v1") != std::string::npos) return "leave out /api/v1 and what follows";
  return url_problem(url.substr(0, url.find('/', scheme + 3)));
}

}  // namespace tierwatch
