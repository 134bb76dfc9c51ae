// SPDX-License-Identifier: MIT
#include "daemon/commands/inside_command.h"

#include <unistd.h>

#include <array>
#include <ostream>
#include <stdexcept>

#include "daemon/commands/output_charset.h"
#include "daemon/commands/top_command.h"
#include "daemon/inside/inside_answer.h"
#include "daemon/service/signals.h"
#include "exporters/inside/flame_graph.h"
#include "exporters/inside/speedscope.h"
#include "exporters/output_file.h"

namespace tierwatch {
namespace {

void refuse_pictures(const InsideOptions& options, const InsideSession& session) {
  const std::string& tier = options.tier.empty() ? session.verdict().tier : options.tier;
  if (options.flame || options.speedscope)
    throw std::runtime_error("--flame and --speedscope are of stacks, and of " + tier +
                             " none are read");
}

void write_pictures(const InsideOptions& options, const InsideReport& report) {
  if (options.flame) write_output_file(*options.flame, flame_graph_svg(report));
  if (options.speedscope) write_output_file(*options.speedscope, speedscope_json(report));
}

}  // namespace

int run_inside(const InsideOptions& options, std::ostream& out, std::ostream& errors) {
  if (options.flame && options.speedscope)
    refuse_overwriting(std::array{*options.flame, *options.speedscope}, {});
  auto feed = choose_feed(options, Stay::kShort);
  Signals signals;
  InsideSession session(std::move(feed), errors, [&signals](nanoseconds until) {
    return signals.wait_until(until) == Wake::kDeadline;
  });
  session.await_verdict();
  const InsideKind kind = inside_kind(session, options);
  if (kind != InsideKind::kStacks) refuse_pictures(options, session);
  const InsideAnswer answer = look_inside(session, options, kind);
  if (const auto* stacks = std::get_if<InsideReport>(&answer)) write_pictures(options, *stacks);
  out << (options.json ? inside_answer_json(answer)
                       : in_charset(inside_answer_text(answer), output_charset(STDOUT_FILENO)));
  return 0;
}

}  // namespace tierwatch
