// SPDX-License-Identifier: MIT
#include "daemon/service/otlp_settings.h"

#include <algorithm>
#include <charconv>

#include "config/values.h"

namespace tierwatch {
namespace {

using std::chrono::milliseconds;

std::string_view trimmed(std::string_view text) {
  const auto first = text.find_first_not_of(" \t");
  if (first == std::string_view::npos) return {};
  return text.substr(first, text.find_last_not_of(" \t") - first + 1);
}

/// "%2C" is a comma.
std::string percent_decoded(std::string_view text) {
  std::string plain;
  for (std::size_t i = 0; i < text.size(); ++i) {
    unsigned byte = 0;
    const char* digits = text.data() + i + 1;
    const bool escaped = text[i] == '%' && i + 2 < text.size() &&
                         std::from_chars(digits, digits + 2, byte, 16).ptr == digits + 2;
    plain += escaped ? static_cast<char>(byte) : text[i];
    if (escaped) i += 2;
  }
  return plain;
}

class OtlpReader {
 public:
  OtlpReader(const OtlpConfig& config, const Environment& environment)
      : config_(config), environment_(environment) {}

  OtlpSettings read() {
    OtlpPushOptions push;
    push.url = url();
    if (push.url.empty() || is_off()) return std::move(settings_);
    look_at_protocol();
    push.headers = headers();
    push.attributes = attributes();
    push.interval = config_.interval.value_or(
        duration("OTEL_METRIC_EXPORT_INTERVAL", push.interval, kLeastPushInterval));
    push.timeout =
        config_.timeout.value_or(duration(set_name("TIMEOUT"), push.timeout, milliseconds(1)));
    push.gzip = config_.gzip.value_or(gzip());
    push.ca_file =
        config_.ca_file.path.empty() ? of_otlp("CERTIFICATE") : config_.ca_file.path.string();
    settings_.push = std::move(push);
    return std::move(settings_);
  }

 private:
  /// Empty is as if it were not set.
  std::string get(const std::string& name) const {
    const char* value = environment_(name.c_str());
    return value ? std::string(trimmed(value)) : "";
  }

  /// Of the two that may say it, the one that does: that of metrics goes before.
  std::string set_name(const std::string& what) const {
    const std::string of_metrics = "OTEL_EXPORTER_OTLP_METRICS_" + what;
    return get(of_metrics).empty() ? "OTEL_EXPORTER_OTLP_" + what : of_metrics;
  }
  std::string of_otlp(const std::string& what) const { return get(set_name(what)); }

  bool is_off() const {
    return get("OTEL_SDK_DISABLED") == "true" || get("OTEL_METRICS_EXPORTER") == "none";
  }

  static std::string below(std::string base) {
    while (base.ends_with('/')) base.pop_back();
    return base.empty() ? "" : base + "/v1/metrics";
  }

  std::string url() {
    if (!config_.metrics_endpoint.empty()) return config_.metrics_endpoint;
    if (!config_.endpoint.empty()) return below(config_.endpoint);
    const std::string name = set_name("ENDPOINT"), value = get(name);
    if (const auto problem = push_url_problem(value)) {
      settings_.warnings.push_back("nothing is pushed: " + name + "=" + value + *problem);
      return "";
    }
    return name == "OTEL_EXPORTER_OTLP_ENDPOINT" ? below(value) : value;
  }

  void look_at_protocol() {
    const std::string name = set_name("PROTOCOL"), value = get(name);
    if (value.empty() || value == "http/json") return;
    settings_.warnings.push_back(name + "=" + value +
                                 " is not spoken; samples are pushed as http/json");
  }

  std::map<std::string, std::string> headers() {
    auto all = key_value_list(of_otlp("HEADERS"));
    std::erase_if(all, [](const auto& header) {
      return push_header_problem(header.first, header.second).has_value();
    });
    for (const auto& [name, value] : config_.headers) all[name] = value;
    return all;
  }

  OtlpAttributes attributes() const {
    OtlpAttributes all = key_value_list(get("OTEL_RESOURCE_ATTRIBUTES"));
    if (const std::string name = get("OTEL_SERVICE_NAME"); !name.empty())
      all["service.name"] = name;
    return all;
  }

  milliseconds duration(const std::string& name, milliseconds otherwise, milliseconds least) {
    constexpr long kMost = kMostPushInterval.count();
    const std::string text = get(name);
    if (text.empty()) return otherwise;
    long count = 0;
    const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), count);
    if (error == std::errc{} && end == text.data() + text.size() && count >= least.count() &&
        count <= kMost)
      return milliseconds(count);
    settings_.warnings.push_back(name + "=" + text + " is no number of milliseconds from " +
                                 std::to_string(least.count()) + " to " + std::to_string(kMost) +
                                 "; " + format_duration(otherwise) + " it is");
    return otherwise;
  }

  bool gzip() {
    const std::string name = set_name("COMPRESSION"), value = get(name);
    if (value == "none") return false;
    if (!value.empty() && value != "gzip")
      settings_.warnings.push_back(name + "=" + value +
                                   " is not known; samples are pushed with gzip");
    return true;
  }

  const OtlpConfig& config_;
  const Environment& environment_;
  OtlpSettings settings_;
};

}  // namespace

std::map<std::string, std::string> key_value_list(std::string_view text) {
  std::map<std::string, std::string> all;
  while (!text.empty()) {
    const std::string_view pair = text.substr(0, text.find(','));
    text.remove_prefix(std::min(text.size(), pair.size() + 1));
    const auto equals = pair.find('=');
    if (equals == std::string_view::npos) continue;
    const std::string_view key = trimmed(pair.substr(0, equals));
    std::string_view value = pair.substr(equals + 1);
    value = trimmed(value.substr(0, value.find(';')));  // properties of an entry
    if (!key.empty()) all[percent_decoded(key)] = percent_decoded(value);
  }
  return all;
}

OtlpSettings otlp_settings(const OtlpConfig& config, const Environment& environment) {
  return OtlpReader(config, environment).read();
}

}  // namespace tierwatch
