// SPDX-License-Identifier: MIT
#include "exporters/terminal/tables/columns_json.h"

#include <algorithm>

#include "exporters/json/json_writer.h"
#include "exporters/terminal/scene/process_fields.h"
#include "exporters/terminal/scene/process_rows.h"
#include "exporters/terminal/screen/figures.h"

namespace tierwatch {
namespace {

Json json_of(const std::optional<double>& figure) { return figure ? Json(*figure) : Json(nullptr); }

/// The figure of one of ours is that of the field of its name; all others are words.
Json cell_of(const ViewColumn& column, const ProcessSample& process, const Scene& scene) {
  const bool sparse = scene.feed.sparse;
  if (column.column == ProcessColumn::kCustom)
    return json_of(figure_of(column.custom, process, sparse));
  if (column.column == ProcessColumn::kPid) return process.reading.id.pid;
  const auto fields = process_fields();
  const auto field = std::ranges::find(fields, to_string(column.column), &ProcessField::name);
  if (field != fields.end())
    return json_of(sparse && !field->recorded ? std::nullopt : field->of(process));
  const std::string text = column_text(column, process, scene).text;
  return text.empty() || text == kUnknownFigure ? Json(nullptr) : Json(text);
}

}  // namespace

std::string columns_json(const ViewState& state, const Scene& scene) {
  const Snapshot& snapshot = *scene.snapshot;
  Json names = Json::array(), rows = Json::array();
  for (const ViewColumn& column : state.columns)
    if (column.shown) names.push_back(name_of(column));
  for (const ProcessRow& row : process_rows(snapshot, state)) {
    Json cells = Json::array();
    for (const ViewColumn& column : state.columns)
      if (column.shown) cells.push_back(cell_of(column, snapshot.processes[row.process], scene));
    rows.push_back(std::move(cells));
  }
  JsonWriter writer;
  writer("hostname", snapshot.hostname);
  writer("wall_seconds", snapshot.at.wall);
  writer("interval_seconds", snapshot.interval);
  writer.put("columns", std::move(names));
  writer.put("processes", std::move(rows));
  return json_text(writer.take(), -1);
}

}  // namespace tierwatch
