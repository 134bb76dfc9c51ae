// SPDX-License-Identifier: MIT
#include "daemon/commands/inside_command.h"

#include <unistd.h>

#include <array>
#include <ostream>
#include <stdexcept>

#include "daemon/commands/output_charset.h"
#include "daemon/inside/inside_answer.h"
#include "daemon/service/signals.h"
#include "daemon/sources/feed_source.h"
#include "exporters/inside/flame_graph.h"
#include "exporters/inside/speedscope.h"
#include "exporters/output_file.h"

namespace tierwatch {
namespace {

void write_pictures(const InsideOptions& options, const InsideReport* stacks) {
  if (!options.flame && !options.speedscope) return;
  if (stacks == nullptr)
    throw std::runtime_error("--flame and --speedscope are of stacks, and none could be read");
  if (options.flame) write_output_file(*options.flame, flame_graph_svg(*stacks));
  if (options.speedscope) write_output_file(*options.speedscope, speedscope_json(*stacks));
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
  const InsideAnswer answer = look_inside(session, options, kind);
  write_pictures(options, stacks_of(answer));
  out << (options.json ? inside_answer_json(answer)
                       : in_charset(inside_answer_text(answer), output_charset(STDOUT_FILENO)));
  return 0;
}

}  // namespace tierwatch
