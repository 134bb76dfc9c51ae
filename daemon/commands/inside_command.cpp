// SPDX-License-Identifier: MIT
#include "daemon/commands/inside_command.h"

#include <array>
#include <ostream>
#include <stdexcept>

#include "collectors/servers/servers.h"
#include "collectors/text/printable_text.h"
#include "daemon/commands/top_command.h"
#include "daemon/inside/python_inside.h"
#include "daemon/inside/request_inside.h"
#include "daemon/inside/statement_inside.h"
#include "exporters/inside/flame_graph.h"
#include "exporters/inside/inside_json.h"
#include "exporters/inside/inside_text.h"
#include "exporters/inside/request_writers.h"
#include "exporters/inside/speedscope.h"
#include "exporters/inside/statement_writers.h"
#include "exporters/output_file.h"

namespace tierwatch {
namespace {

/// The tier that is asked for, or named. Throws std::runtime_error when the one asked for is none.
std::optional<std::size_t> wanted_tier(const InsideSession& session, const InsideWish& wish) {
  const auto tier = session.tier_named(wish.tier.empty() ? session.verdict().tier : wish.tier);
  if (!wish.tier.empty() && !tier)
    throw std::runtime_error("no process here belongs to a tier '" + wish.tier + "'");
  return tier;
}

void refuse_pictures(const InsideOptions& options, const std::string& tier) {
  if (options.flame || options.speedscope)
    throw std::runtime_error("--flame and --speedscope are of stacks, and of " + tier +
                             " none are read");
}

}  // namespace

int run_inside(const InsideOptions& options, std::ostream& out, std::ostream& errors) {
  if (options.flame && options.speedscope)
    refuse_overwriting(std::array{*options.flame, *options.speedscope}, {});
  InsideSession session(choose_feed(options, Stay::kShort), errors);
  session.await_verdict();
  const auto tier = wanted_tier(session, options);
  const std::string preset = tier ? session.snapshot().tiers[*tier].preset : "";
  if (tier && traits_of(preset).statements_in_memory) {
    refuse_pictures(options, session.snapshot().tiers[*tier].name);
    const StatementReport report = look_into_statements(session, options, *tier);
    out << (options.json ? printable_json(statement_json(report)) : statement_text(report));
    return 0;
  }
  const SettingsSource& source = settings_source_of(preset);
  // The log of one that the verdict names is followed only where it is asked for: what is looked
  // for then is the application behind it.
  if (tier && !options.tier.empty() && source.access_logs) {
    refuse_pictures(options, options.tier);
    const RequestReport report = look_into_requests(session, options, *tier, source);
    out << (options.json ? printable_json(request_json(report)) : request_text(report));
    return 0;
  }
  const InsideReport report = look_into_python(session, options);
  if (options.flame) write_output_file(*options.flame, flame_graph_svg(report));
  if (options.speedscope) write_output_file(*options.speedscope, speedscope_json(report));
  out << (options.json ? printable_json(inside_json(report)) : inside_text(report));
  return 0;
}

}  // namespace tierwatch
