// SPDX-License-Identifier: MIT
#include "exporters/inside/statement_writers.h"

#include "collectors/text/format.h"
#include "collectors/text/plain_words.h"
#include "collectors/text/printable_text.h"
#include "exporters/glyphs.h"
#include "exporters/inside/looks_json.h"
#include "exporters/json/snapshot_json.h"
#include "exporters/verdict_text.h"

namespace tierwatch {
namespace {

using StatementCells = std::vector<std::string>;

constexpr std::size_t kStatementRows = 12, kHeldRows = 6, kWaitsOfRow = 2;
constexpr std::size_t kLongestStatement = 160;
constexpr double kShareWorthTelling = 0.005;

std::string statement_words(const std::string& statement, bool idle) {
  const std::string shown =
      statement.empty() ? "(statement not known)" : printable_start(statement, kLongestStatement);
  return idle ? "idle in transaction, after: " + shown : shown;
}

std::string wait_words(const StatementWait& wait) {
  if (wait.of.empty()) return "running";
  return wait.event.empty() ? wait.of : wait.of + " " + wait.event;
}

/// "Lock transactionid 96 %, running 4 %"
std::string waits_of(const StatementRow& row) {
  std::vector<std::string> words;
  for (const StatementWait& wait : row.waits) {
    if (words.size() == kWaitsOfRow || wait.share < kShareWorthTelling) break;
    words.push_back(wait_words(wait) + " " + percent(wait.share));
  }
  return joined(words);
}

std::string blocker_words(const StatementBlocker& blocker) {
  if (blocker.pid == 0)
    return "one that is not looked at, or a prepared transaction: it is not known which";
  const std::string who = blocker.several ? "several backends, the last " : "backend ";
  return who + std::to_string(blocker.pid) + ": " +
         statement_words(blocker.statement, blocker.idle);
}

std::string first_statement(const StatementReport& report) {
  const StatementFindings& found = report.findings;
  if (found.rows.empty()) return "none of its backends was at work while it was looked at\n";
  const StatementRow& row = found.rows.front();
  std::string line = percent(row.share) + " of " + printable(report.tier) +
                     "'s time at work or in a transaction in " +
                     statement_words(row.statement, row.idle);
  if (!row.idle && !row.waits.empty() && !row.waits.front().of.empty())
    line += ", waiting for " + wait_words(row.waits.front()) + " " +
            percent(row.waits.front().share) + " of that";
  if (!row.blockers.empty()) line += "\nheld up by " + blocker_words(row.blockers.front());
  return line + "\n";
}

std::string how_statements_were_read(const StatementReport& report) {
  const std::string version =
      report.versions.empty() ? "" : " (version " + joined(report.versions) + ")";
  return formatted(
      "{} of {}{} looked at {} times in {:.1f} s, without a connection: {} of backends that are "
      "not idle\n",
      count_of(static_cast<double>(report.processes), "process"), printable(report.tier), version,
      report.looks, report.seconds,
      count_of(static_cast<double>(report.findings.samples), "sample"));
}

std::string what_backends_do(const StatementFindings& found) {
  std::vector<std::string> words;
  const auto tell = [&](const std::string& what, double share) {
    if (share >= kShareWorthTelling) words.push_back(what + " " + percent(share));
  };
  tell("running", found.activities[static_cast<std::size_t>(BackendActivity::kRunning)]);
  for (const StatementWait& wait : found.waits) tell(wait_words(wait), wait.share);
  tell("idle in transaction",
       found.activities[static_cast<std::size_t>(BackendActivity::kIdleInTransaction)]);
  return words.empty() ? "" : "its backends: " + joined(words) + "\n";
}

std::string statement_rows(const StatementFindings& found) {
  std::vector<StatementCells> rows{{"share", "waits", "statement"}};
  for (const StatementRow& row : found.rows) {
    if (rows.size() > kStatementRows || row.share < kShareWorthTelling) break;
    rows.push_back({percent(row.share), row.idle ? "" : waits_of(row),
                    statement_words(row.statement, row.idle)});
  }
  if (rows.size() == 1) return "";
  std::string text = "\nStatements\n";
  for (const std::string& line : aligned(rows)) text += "  " + line + "\n";
  return text;
}

std::string held_up(const StatementFindings& found) {
  std::string text;
  std::size_t count = 0;
  for (const StatementRow& row : found.rows) {
    if (row.blockers.empty() || row.share < kShareWorthTelling || count == kHeldRows) continue;
    text += ++count == 1 ? "\nHeld up by the locks of others\n" : "";
    text += "  " + statement_words(row.statement, row.idle) + "\n";
    for (std::size_t i = 0; i < row.blockers.size() && i < 3; ++i)
      text += "    " + percent(row.blockers[i].share) + " of its time by " +
              blocker_words(row.blockers[i]) + "\n";
  }
  return text;
}

std::string statement_remarks(const StatementReport& report) {
  std::vector<std::string> said = report.remarks;
  if (report.findings.moved > 0)
    said.push_back(
        formatted("{:.1f} % of the samples changed each time they were read: their "
                  "statement is not known",
                  report.findings.moved * 100));
  std::string text;
  for (const std::string& one : said) text += "  " + printable(one) + "\n";
  return text.empty() ? "" : "\nNot seen, or less sure\n" + text;
}

Json wait_json(const StatementWait& wait) {
  Json object{{"ratio", wait.share}};
  if (!wait.of.empty()) object["class"] = wait.of;
  if (!wait.event.empty()) object["event"] = wait.event;
  return object;
}

Json blocker_json(const StatementBlocker& blocker) {
  Json object{{"ratio", blocker.share}};
  if (blocker.pid != 0) object["pid"] = blocker.pid;
  object["several"] = blocker.several;
  object["idle_in_transaction"] = blocker.idle;
  if (!blocker.statement.empty()) object["statement"] = blocker.statement;
  return object;
}

Json statement_row_json(const StatementRow& row) {
  Json object{{"ratio", row.share}, {"idle_in_transaction", row.idle}};
  if (!row.statement.empty()) object["statement"] = row.statement;
  object["waits"] = Json::array();
  for (const StatementWait& wait : row.waits) object["waits"].push_back(wait_json(wait));
  object["held_up_by"] = Json::array();
  for (const StatementBlocker& one : row.blockers)
    object["held_up_by"].push_back(blocker_json(one));
  return object;
}

}  // namespace

std::string statement_text(const StatementReport& report) {
  const StatementFindings& found = report.findings;
  std::string text = verdict_line(report.verdict) + "\n";
  if (!report.why.empty()) text += printable(report.why) + "\n";
  text += first_statement(report) + "\n" + how_statements_were_read(report);
  return text + what_backends_do(found) + statement_rows(found) + held_up(found) +
         statement_remarks(report);
}

std::string statement_json(const StatementReport& report) {
  const StatementFindings& found = report.findings;
  Json document = looks_json(report);
  put_looks(document, report);
  document["server"] = report.versions;
  document["samples"] = found.samples;
  document["samples_of_all_processes"] = found.all_samples;
  document["moved_ratio"] = found.moved;
  Json activities = Json::object();
  for (const BackendActivity one :
       {BackendActivity::kRunning, BackendActivity::kWaiting, BackendActivity::kIdleInTransaction})
    activities[std::string(to_string(one))] = found.activities[static_cast<std::size_t>(one)];
  document["activities"] = std::move(activities);
  document["waits"] = Json::array();
  for (const StatementWait& wait : found.waits) document["waits"].push_back(wait_json(wait));
  document["statements"] = Json::array();
  for (const StatementRow& row : found.rows)
    document["statements"].push_back(statement_row_json(row));
  document["remarks"] = report.remarks;
  return json_text(document, 2) + "\n";
}

}  // namespace tierwatch
