// SPDX-License-Identifier: MIT
#include "exporters/inside/flame_graph.h"

#include <algorithm>
#include <map>
#include <memory>
#include <ranges>
#include <vector>

#include "collectors/text/format.h"
#include "collectors/text/plain_words.h"
#include "collectors/text/printable_text.h"
#include "exporters/inside/inside_text.h"

namespace tierwatch {
namespace {

constexpr double kWidth = 1200, kRow = 18, kMargin = 10, kTop = 56, kLetter = 7, kNarrowest = 0.33;

/// A function as called by those below it.
struct Node {
  std::string name, file;
  std::uint64_t samples = 0;
  std::map<std::pair<std::string, std::string>, std::unique_ptr<Node>> called;

  Node& call(const std::string& function, const std::string& where) {
    auto& place = called[{function, where}];
    if (!place) place = std::make_unique<Node>(Node{.name = function, .file = where});
    return *place;
  }
};

void add(Node& root, const FlameStack& stack) {
  Node* at = &root;
  at->samples += stack.samples;
  std::size_t depth = 0;
  const auto step = [&](const std::string& function, const std::string& file) {
    if (++depth > kMostFlameRows) return;
    at = &at->call(function, file);
    at->samples += stack.samples;
  };
  for (const InsidePlace& place : std::views::reverse(stack.frames))
    step(place.function, place.file);
  for (const std::string& name : stack.above) step(name, "");
}

/// Warm for the application, grey for what it uses, blue for waiting; a little different for each.
std::string colour(const Node& node) {
  unsigned hash = 7;
  for (const char letter : node.name) hash = hash * 31 + static_cast<unsigned char>(letter);
  const unsigned shade = hash % 40;
  if (node.name.starts_with('(')) return formatted("rgb({},{},{})", 140 + shade, 170 + shade, 225);
  if (is_application(node.file))
    return formatted("rgb(240,{},{})", 110 + shade * 2, 60 + shade / 2);
  return formatted("rgb({0},{0},{1})", 195 + shade / 2, 180 + shade / 2);
}

/// As much of the name as the box has room for.
std::string label(const std::string& name, double width) {
  const auto letters = static_cast<std::size_t>(std::max(0.0, (width - 6) / kLetter));
  const std::string shown = printable(name);
  if (letters < 3) return "";
  return shown.size() <= letters ? shown : printable_start(shown, letters - 1);
}

struct Box {
  const Node* node;
  double x, width;
  std::size_t depth;
};

/// All boxes that can be seen, callers first.
std::vector<Box> boxes(const Node& root) {
  std::vector<Box> list{{&root, kMargin, kWidth - 2 * kMargin, 0}};
  for (std::size_t i = 0; i < list.size(); ++i) {
    const Box box = list[i];
    double x = box.x;
    for (const auto& [name, node] : box.node->called) {
      const double width = box.width * static_cast<double>(node->samples) /
                           static_cast<double>(std::max<std::uint64_t>(box.node->samples, 1));
      if (width >= kNarrowest) list.push_back({node.get(), x, width, box.depth + 1});
      x += width;
    }
  }
  return list;
}

std::string box_svg(const Box& box, double bottom, std::uint64_t all) {
  const double y = bottom - static_cast<double>(box.depth + 1) * kRow;
  const double share =
      static_cast<double>(box.node->samples) / static_cast<double>(std::max<std::uint64_t>(all, 1));
  std::string title = printable(box.node->name);
  if (!box.node->file.empty()) title += " (" + printable(box.node->file) + ")";
  title += formatted(": {:.1f} %, {} samples", share * 100, box.node->samples);
  return formatted(
      "<g><title>{}</title><rect x=\"{:.2f}\" y=\"{:.1f}\" width=\"{:.2f}\" height=\"{:.1f}\" "
      "fill=\"{}\"/><text x=\"{:.2f}\" y=\"{:.1f}\">{}</text></g>\n",
      html_escaped(title), box.x, y, std::max(box.width - 0.5, kNarrowest), kRow - 1,
      colour(*box.node), box.x + 3, y + kRow - 5, html_escaped(label(box.node->name, box.width)));
}

/// The boxes, and the height of the picture with them below `top`.
std::string boxes_svg(const Node& root, double top, double& height) {
  const std::vector<Box> shown = boxes(root);
  std::size_t rows = 1;
  for (const Box& box : shown) rows = std::max(rows, box.depth + 1);
  const double bottom = top + static_cast<double>(rows) * kRow;
  height = bottom + kMargin;
  std::string svg;
  for (const Box& box : shown) svg += box_svg(box, bottom, root.samples);
  return svg;
}

std::string opening_tag(double height) {
  return formatted(
      "<svg xmlns=\"http://www.w3.org/2000/svg\" viewBox=\"0 0 {0:.0f} {1:.0f}\" width=\"{0:.0f}\" "
      "height=\"{1:.0f}\" font-family=\"monospace\" font-size=\"12\">\n"
      "<rect width=\"100%\" height=\"100%\" fill=\"#fffdf8\"/>\n",
      kWidth, height);
}

}  // namespace

std::vector<std::string> above_stack(bool no_frames, bool torn, std::string_view activity,
                                     const std::string& peer) {
  std::vector<std::string> above;
  if (no_frames) above.emplace_back(torn ? "(torn)" : "(native code)");
  if (activity != to_string(ThreadActivity::kRunning))
    above.push_back("(" + std::string(activity) + (peer.empty() ? "" : ": " + peer) + ")");
  return above;
}

std::string flame_graph_svg(const InsideReport& report) {
  Node root{.name = report.tier};
  for (const InsideStack& stack : report.findings.stacks)
    add(root, {stack.frames,
               above_stack(stack.frames.empty(), stack.torn, to_string(stack.activity), stack.peer),
               stack.samples});
  double height = 0;
  const std::string shown = boxes_svg(root, kTop, height);
  std::string svg = "<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n" + opening_tag(height);
  svg += formatted("<text x=\"{:.0f}\" y=\"22\" font-size=\"15\">{}</text>\n", kMargin,
                   html_escaped(printable(report.verdict.sentence)));
  svg += formatted("<text x=\"{:.0f}\" y=\"42\">{}</text>\n", kMargin,
                   html_escaped(formatted("inside {}: {} samples of threads {} in {:.1f} s",
                                          printable(report.tier), report.findings.samples,
                                          report.findings.basis == InsideBasis::kCpu
                                              ? "on a cpu or ready for one"
                                              : "that are not idle",
                                          report.seconds)));
  return svg + shown + "</svg>\n";
}

std::string flame_graph_element(const std::string& root, const std::vector<FlameStack>& stacks) {
  Node all{.name = root};
  for (const FlameStack& stack : stacks) add(all, stack);
  double height = 0;
  const std::string shown = boxes_svg(all, kMargin, height);
  return opening_tag(height) + shown + "</svg>\n";
}

}  // namespace tierwatch
