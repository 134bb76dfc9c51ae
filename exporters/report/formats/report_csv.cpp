// SPDX-License-Identifier: MIT
#include "exporters/report/formats/report_csv.h"

#include <charconv>
#include <ctime>
#include <functional>
#include <sstream>

#include "collectors/text/format.h"
#include "collectors/text/printable_text.h"
#include "exporters/output_file.h"

namespace tierwatch {
namespace {

using WallTime = std::chrono::system_clock::time_point;
using Value = std::optional<double>;

/// The shortest text that reads back as the same number.
std::string number(double value) {
  char text[32];
  const auto end = std::to_chars(text, text + sizeof text, value).ptr;
  return {text, end};
}

std::string number(const Value& value) { return value ? number(*value) : ""; }

std::string utc(WallTime at) {
  const auto whole = std::chrono::floor<std::chrono::seconds>(at);
  const auto rest = std::chrono::floor<std::chrono::milliseconds>(at - whole).count();
  const std::time_t seconds = std::chrono::system_clock::to_time_t(whole);
  std::tm parts{};
  gmtime_r(&seconds, &parts);
  char text[48];
  const std::size_t length = std::strftime(text, sizeof text, "%Y-%m-%dT%H:%M:%S", &parts);
  return formatted("{}.{:03}Z", std::string_view(text, length), rest);
}

std::string utc_at(const RunFindings& findings, double seconds) {
  return utc(findings.label.begin +
             std::chrono::round<std::chrono::microseconds>(std::chrono::duration<double>(seconds)));
}

void write_steps(const RunFindings& findings, std::ostream& out) {
  out << "from_seconds,seconds,users,requests_per_second,requests_per_second_low,"
         "requests_per_second_high,error_ratio,mean_seconds,p50_seconds,p95_seconds,p99_seconds,"
         "curve,full_tier,full_resource\n";
  for (const StepFindings& step : findings.steps) {
    const LoadStep& load = step.load;
    const auto rate = load.requests_per_second;
    out << number(step.from_run_begin_seconds) << ',' << number(load.seconds()) << ','
        << number(load.users) << ',' << (rate ? number(rate->value) : "") << ','
        << (rate ? number(rate->low) : "") << ',' << (rate ? number(rate->high) : "") << ','
        << number(load.error_ratio) << ',' << number(load.mean_seconds) << ','
        << number(load.p50_seconds) << ',' << number(load.p95_seconds) << ','
        << number(load.p99_seconds) << ',' << to_string(step.shape) << ',';
    const auto named = step.verdict.named();
    out << (named ? csv_field(named->tier) : "") << ',' << (named ? to_string(named->resource) : "")
        << '\n';
  }
}

void write_events(const RunFindings& findings, std::ostream& out) {
  out << "time,seconds,kind,tier,text\n";
  for (const RunEvent& event : findings.events) {
    const std::chrono::duration<double> seconds = event.at - findings.label.begin;
    out << utc(event.at) << ',' << number(seconds.count()) << ',' << csv_field(event.kind) << ','
        << csv_field(event.tier) << ',' << csv_field(event.text) << '\n';
  }
}

void write_file(const std::filesystem::path& path,
                const std::function<void(std::ostream&)>& write) {
  std::ostringstream text;
  write(text);
  write_output_file(path, text.view());
}

}  // namespace

std::string csv_field(std::string_view text) {
  std::string field = printable(text, "\t\n\r");
  if (!field.empty() && std::string_view("=+-@\t\r").find(field[0]) != std::string_view::npos)
    field.insert(0, 1, '\'');
  if (field.find_first_of(",\"\n\r") == std::string::npos) return field;
  std::string quoted = "\"";
  for (const char c : field) {
    if (c == '"') quoted += '"';
    quoted += c;
  }
  return quoted + '"';
}

void write_csv(const RunFindings& findings, std::span<const Plot> plots, std::ostream& out) {
  out << "plot,x,x_value,time,series,unit,value\n";
  for (const Plot& plot : plots)
    for (const PlotLine& line : plot.lines) {
      const std::string series = csv_field(line.name);
      for (std::size_t i = 0; i < plot.xs.size(); ++i)
        if (line.values[i])
          out << plot.name << ',' << plot.x << ',' << number(plot.xs[i]) << ','
              << (plot.over_time() ? utc_at(findings, plot.xs[i]) : "") << ',' << series << ','
              << plot.unit << ',' << number(*line.values[i]) << '\n';
    }
}

void write_plot_csv(const RunFindings& findings, const Plot& plot, std::ostream& out) {
  out << plot.x;
  if (plot.over_time()) out << ",time";
  for (const PlotLine& line : plot.lines) out << ',' << csv_field(line.name);
  out << '\n';
  for (std::size_t i = 0; i < plot.xs.size(); ++i) {
    out << number(plot.xs[i]);
    if (plot.over_time()) out << ',' << utc_at(findings, plot.xs[i]);
    for (const PlotLine& line : plot.lines) out << ',' << number(line.values[i]);
    out << '\n';
  }
}

void write_csv_directory(const RunFindings& findings, std::span<const Plot> plots,
                         const std::filesystem::path& directory) {
  std::filesystem::create_directories(directory);
  for (const Plot& plot : plots)
    write_file(directory / (plot.name + ".csv"),
               [&](std::ostream& out) { write_plot_csv(findings, plot, out); });
  write_file(directory / "steps.csv", [&](std::ostream& out) { write_steps(findings, out); });
  write_file(directory / "events.csv", [&](std::ostream& out) { write_events(findings, out); });
}

}  // namespace tierwatch
