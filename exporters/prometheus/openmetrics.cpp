// SPDX-License-Identifier: MIT
#include "exporters/prometheus/openmetrics.h"

#include <charconv>
#include <cmath>

namespace tierwatch {
namespace {

std::string number_text(double value) {
  if (std::isnan(value)) return "NaN";
  if (std::isinf(value)) return value > 0 ? "+Inf" : "-Inf";
  constexpr double kExact = 1e15;
  char buffer[64];
  const auto end =
      std::floor(value) == value && std::abs(value) < kExact
          ? std::to_chars(buffer, buffer + sizeof buffer, static_cast<long long>(value))
          : std::to_chars(buffer, buffer + sizeof buffer, value);
  return {buffer, end.ptr};
}

std::string escaped(std::string_view text) {
  std::string out;
  for (const char c : text) {
    if (c == '\n') {
      out += "\\n";
      continue;
    }
    if (c == '\\' || c == '"') out += '\\';
    out += c;
  }
  return out;
}

/// A family as OpenMetrics calls it: without what its kind adds to the name of its samples.
struct OpenFamily {
  std::string name;
  std::string_view kind, suffix;
};

OpenFamily open_family(const Metric& metric) {
  constexpr std::string_view kTotal = "_total", kInfo = "_info";
  const std::string_view name = metric.name;
  if (metric.kind == MetricKind::kCounter)
    return {std::string(name.substr(0, name.size() - kTotal.size())), "counter", kTotal};
  if (name.ends_with(kInfo))
    return {std::string(name.substr(0, name.size() - kInfo.size())), "info", kInfo};
  return {std::string(name), "gauge", ""};
}

std::string label_text_of(const CollectedFamily& family, const MetricSample& sample) {
  if (family.labels.empty()) return "";
  std::string text;
  for (std::size_t i = 0; i < family.labels.size(); ++i) {
    text += text.empty() ? '{' : ',';
    text.append(family.labels[i])
        .append("=\"")
        .append(escaped(sample.label_values[i]))
        .append("\"");
  }
  return text + "}";
}

void write_samples(const CollectedFamily& family, const OpenFamily& open,
                   std::optional<double> started, std::string& out) {
  const Metric& metric = *family.metric;
  for (const MetricSample& sample : family.samples) {
    const std::string labels = label_text_of(family, sample);
    out.append(open.name).append(open.suffix).append(labels);
    out.append(" ").append(number_text(sample.value)).append("\n");
    if (metric.kind != MetricKind::kCounter) continue;
    const bool from_start = metric.since == CountsSince::kStart && family.labels.empty();
    const auto created = from_start ? started : sample.created;
    if (created) out.append(open.name + "_created" + labels + " " + number_text(*created) + "\n");
  }
}

}  // namespace

const char* content_type(MetricFormat format) {
  return format == MetricFormat::kText
             ? "text/plain; version=0.0.4; charset=utf-8"
             : "application/openmetrics-text; version=1.0.0; charset=utf-8";
}

std::string openmetrics_text(std::span<const CollectedFamily> families,
                             std::optional<double> started) {
  std::string out;
  for (const CollectedFamily& family : families) {
    const Metric& metric = *family.metric;
    const OpenFamily open = open_family(metric);
    out.append("# TYPE " + open.name + " ").append(open.kind).append("\n");
    if (!metric.unit.empty())
      out.append("# UNIT " + open.name + " ").append(metric.unit).append("\n");
    out.append("# HELP " + open.name + " " + escaped(metric.help) + "\n");
    write_samples(family, open, started, out);
  }
  return out;
}

}  // namespace tierwatch
