// SPDX-License-Identifier: MIT
#include "exporters/inside/speedscope.h"

#include <map>
#include <ranges>
#include <tuple>

#include "exporters/json/json_writer.h"

namespace tierwatch {
namespace {

/// Frames of the whole file, each once.
class Frames {
 public:
  std::size_t index_of(const InsidePlace& place) {
    const auto [known, fresh] =
        indices_.try_emplace({place.function, place.file, place.line}, list_.size());
    if (fresh) {
      Json frame{{"name", place.function}};
      if (!place.file.empty()) {
        frame["file"] = place.file;
        frame["line"] = place.line;
      }
      list_.push_back(std::move(frame));
    }
    return known->second;
  }
  Json take() { return std::move(list_); }

 private:
  std::map<std::tuple<std::string, std::string, std::uint32_t>, std::size_t> indices_;
  Json list_ = Json::array();
};

}  // namespace

std::string speedscope_json(const InsideReport& report) {
  const double each = report.looks == 0 ? 0 : report.seconds / static_cast<double>(report.looks);
  Frames frames;
  Json samples = Json::array(), weights = Json::array();
  double end = 0;
  for (const InsideStack& stack : report.findings.stacks) {
    Json sample = Json::array();
    for (const InsidePlace& place : std::views::reverse(stack.frames))
      sample.push_back(frames.index_of(place));
    if (stack.frames.empty())
      sample.push_back(frames.index_of({stack.torn ? "(torn)" : "(native code)", "", 0}));
    if (stack.activity != ThreadActivity::kRunning)
      sample.push_back(
          frames.index_of({"(" + std::string(to_string(stack.activity)) + ")", "", 0}));
    samples.push_back(std::move(sample));
    const double seconds = each * static_cast<double>(stack.samples);
    weights.push_back(seconds);
    end += seconds;
  }
  Json profile{{"type", "sampled"}, {"name", report.tier}, {"unit", "seconds"}, {"startValue", 0}};
  profile["endValue"] = end;
  profile["samples"] = std::move(samples);
  profile["weights"] = std::move(weights);
  Json document{{"$schema", "https://www.speedscope.app/file-format-schema.json"},
                {"name", "inside " + report.tier},
                {"exporter", "tierwatch"}};
  document["shared"] = {{"frames", frames.take()}};
  document["profiles"] = Json::array({std::move(profile)});
  return json_text(document, -1) + "\n";
}

}  // namespace tierwatch
