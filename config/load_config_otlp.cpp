// SPDX-License-Identifier: MIT
#include "config/load_config_otlp.h"

#include "config/load_config_web.h"

namespace tierwatch {
namespace {

using std::chrono::seconds;

void read_url(const Value& value, std::string& into) {
  const auto text = value.as<std::string>("a URL");
  if (!text) return;
  if (const auto problem = push_url_problem(*text)) return value.wrong(quote(*text) + *problem);
  into = *text;
}

void read_otlp_headers(const Value& value, OtlpConfig& otlp) {
  const toml::table* table = value.node.as_table();
  if (!table) return value.expected("a table such as {Authorization = \"Bearer ...\"}");
  for (const auto& [name, node] : *table) {
    const Value header{node, value.key, value.problems};
    const auto text = header.as<std::string>("a string");
    if (!text) continue;
    if (const auto problem = push_header_problem(name.str(), *text))
      header.wrong(quote(name.str()) + *problem);
    else
      otlp.headers[std::string(name.str())] = *text;
  }
}

void read_compression(const Value& value, OtlpConfig& otlp) {
  const auto text = value.as<std::string>("a string");
  if (!text) return;
  if (*text != "gzip" && *text != "none")
    return value.wrong(quote(*text) + " is not a compression; it may be gzip or none");
  otlp.gzip = *text == "gzip";
}

void read_optional_duration(const Value& value, std::chrono::milliseconds least,
                            std::chrono::milliseconds most,
                            std::optional<std::chrono::milliseconds>& into) {
  std::chrono::milliseconds read{};
  read_duration(value, least, most, read);
  if (read.count() > 0) into = read;
}

constexpr Key<OtlpConfig> kOtlpKeys[] = {
    {"endpoint", [](const Value& value, OtlpConfig& otlp) { read_url(value, otlp.endpoint); }},
    {"metrics_endpoint",
     [](const Value& value, OtlpConfig& otlp) { read_url(value, otlp.metrics_endpoint); }},
    {"headers", read_otlp_headers},
    {"interval",
     [](const Value& value, OtlpConfig& otlp) {
       read_optional_duration(value, kLeastPushInterval, kMostPushInterval, otlp.interval);
     }},
    {"timeout",
     [](const Value& value, OtlpConfig& otlp) {
       read_optional_duration(value, seconds(1), seconds(300), otlp.timeout);
     }},
    {"compression", read_compression},
    {"ca_file", [](const Value& value, OtlpConfig& otlp) { read_named_file(value, otlp.ca_file); }},
};

}  // namespace

void read_otlp(const Value& value, OtlpConfig& otlp) {
  read_table<OtlpConfig>(value, kOtlpKeys, otlp);
}

std::vector<std::string> otlp_key_names() { return key_names<OtlpConfig>("otlp.", kOtlpKeys); }

}  // namespace tierwatch
