// SPDX-License-Identifier: MIT
//
// What was seen inside tiers, read back.
#include "exporters/recording/recording_reader.h"
#include "exporters/recording/recording_select.h"

namespace tierwatch {
namespace {

/// A recorder writes a quarter of it at most, see InsideRecorder and InsideBook.
constexpr std::int64_t kMostRowsOfInside = 8'000'000, kMostNotesOfInside = 10'000;

template <typename Row>
void refuse_too_many(RecordingDatabase& database, std::int64_t most = kMostRowsOfInside) {
  const std::string table = RecordingTable<Row>::name;
  if (database.columns_in(table).empty()) return;
  // No row behind so many: the table need not be counted to its end.
  const std::string beyond = "SELECT 1 FROM " + table + " LIMIT 1 OFFSET ";
  if (database.number(beyond + std::to_string(most)) != 0)
    throw RecordingError(database.file() + ": more rows in " + table + " than any recording has");
}

}  // namespace

/// What leads nowhere (a file that somebody changed) is left out.
void RecordingReader::put_stacks(RecordedInside& inside) {
  for (InsideFunctionRow& row : rows<InsideFunctionRow>("ORDER BY function"))
    if (row.function == std::ssize(inside.functions))
      inside.functions.push_back({std::move(row.name), std::move(row.file), row.first_line});
  for (InsideStackRow& row : rows<InsideStackRow>("ORDER BY stack"))
    if (row.stack == std::ssize(inside.stacks))
      inside.stacks.push_back({.activity = std::move(row.activity),
                               .peer = std::move(row.peer),
                               .peer_tier = std::move(row.peer_tier),
                               .torn = row.torn,
                               .frames = {}});
  RecordingStatement frames = database_.prepare(select<InsideFrameRow>("ORDER BY stack, position"));
  while (frames.step()) {
    const auto row = row_at<InsideFrameRow>(frames);
    if (row.stack >= 0 && row.stack < std::ssize(inside.stacks) && row.function >= 0 &&
        row.function < std::ssize(inside.functions))
      inside.stacks[static_cast<std::size_t>(row.stack)].frames.push_back(
          {static_cast<std::uint32_t>(row.function), row.line});
  }
}

void RecordingReader::put_counts(RecordedInside& inside,
                                 const std::vector<std::int64_t>& stretches) {
  RecordingStatement samples =
      database_.prepare(select<InsideSampleRow>("ORDER BY stretch, stack"));
  std::size_t at = 0;
  while (samples.step()) {
    const auto row = row_at<InsideSampleRow>(samples);
    while (at < stretches.size() && stretches[at] < row.stretch) ++at;
    if (at == stretches.size()) break;
    if (stretches[at] == row.stretch && row.stack >= 0 && row.stack < std::ssize(inside.stacks))
      inside.stretches[at].counts.push_back({static_cast<std::uint32_t>(row.stack), row.samples});
  }
}

RecordedInside RecordingReader::inside(const RecordedWindow& window) {
  refuse_too_many<InsideStretchRow>(database_);
  refuse_too_many<InsideSampleRow>(database_);
  refuse_too_many<InsideStackRow>(database_);
  refuse_too_many<InsideFrameRow>(database_);
  refuse_too_many<InsideFunctionRow>(database_);
  refuse_too_many<InsideNoteRow>(database_, kMostNotesOfInside);
  RecordedInside inside;
  std::vector<std::int64_t> numbers;
  database_.run("BEGIN");  // one view of all tables while a writer goes on
  for (InsideStretchRow& row :
       rows<InsideStretchRow>("WHERE wall_seconds BETWEEN ?1 AND ?2 ORDER BY stretch", window)) {
    numbers.push_back(row.stretch);
    inside.stretches.push_back({.at = row.at,
                                .seconds = row.seconds,
                                .tier = std::move(row.tier),
                                .content = row.content == to_string(InsideContent::kStatements)
                                               ? InsideContent::kStatements
                                               : InsideContent::kStacks,
                                .looks = row.looks,
                                .processes = row.processes,
                                .of_processes = row.of_processes,
                                .idle = row.idle_samples,
                                .moved = row.moved_samples,
                                .cut = row.cut_samples,
                                .shortened = row.shortened_samples,
                                .cost_cores = row.cost_cores,
                                .counts = {}});
  }
  if (!numbers.empty()) put_stacks(inside);
  put_counts(inside, numbers);
  for (InsideNoteRow& row : rows<InsideNoteRow>("ORDER BY tier, text"))
    inside.notes.push_back({std::move(row.tier), std::move(row.text)});
  database_.run("COMMIT");
  return inside;
}

}  // namespace tierwatch
