// SPDX-License-Identifier: MIT
#include "collectors/process/candidate_reader.h"

#include <algorithm>

#include "collectors/parse/proc_text_process.h"

namespace tierwatch {
namespace {

std::string without_deleted(std::string path) {
  constexpr std::string_view kDeleted = " (deleted)";  // d_path(), fs/d_path.c
  if (std::string_view(path).ends_with(kDeleted)) path.resize(path.size() - kDeleted.size());
  return path;
}

/// The program's path as its starter wrote it, for processes whose exe link may not be read.
std::string absolute_first_word(std::string_view title) {
  if (!title.starts_with('/')) return {};
  return std::string(title.substr(0, title.find(' ')));
}

}  // namespace

Candidate CandidateFacts::view() const {
  return {.id = id,
          .parent_pid = parent_pid,
          .comm = comm,
          .title = title,
          .exe = exe,
          .user = user,
          .cgroup = cgroup,
          .signals_ignored = signals_ignored,
          .signals_caught = signals_caught,
          .kernel_thread = kernel_thread,
          .uid = uid};
}

CandidateFacts CandidateReader::read(const ProcessStat& stat, const std::string& title) {
  CandidateFacts facts{.id = stat.id,
                       .parent_pid = stat.parent_pid,
                       .comm = stat.comm,
                       .kernel_thread = stat.kernel_thread,
                       .uid = stat.uid};
  if (!stat.kernel_thread) read_files(facts, title);
  facts.user = users_.name(*facts.uid);
  return facts;
}

void CandidateReader::read_files(CandidateFacts& facts, const std::string& title) {
  const std::string folder = process_path(facts.id.pid) + "/";
  if (const FileText text = files_.read(folder + "cgroup", buffer_)) {
    facts.cgroup = parse_cgroup(text.text);
    facts.cgroup_membership = text.text;
  }
  if (const FileText text = files_.read(folder + "status", buffer_)) {
    if (const auto status = parse_status(text.text)) {
      facts.signals_ignored = status->signals_ignored;
      facts.signals_caught = status->signals_caught;
      if (status->uid) facts.uid = status->uid;
    }
  }
  facts.title = reread_title(facts).value_or(title);
  auto exe = files_.link((folder + "exe").c_str());
  facts.exe = exe ? without_deleted(std::move(*exe)) : absolute_first_word(facts.title);
}

bool CandidateReader::reread_cgroup(CandidateFacts& facts) {
  const FileText text = files_.read(process_path(facts.id.pid, "cgroup"), buffer_);
  if (!text || text.text == facts.cgroup_membership) return false;
  facts.cgroup = parse_cgroup(text.text);
  facts.cgroup_membership = text.text;
  return true;
}

std::optional<std::string> CandidateReader::reread_title(const CandidateFacts& facts) {
  return titles_.read(facts.id, TitleReader::is_trusted(facts.uid, facts.cgroup), buffer_);
}

void CandidateReader::settle_names() { users_.settle(std::chrono::seconds(5)); }

bool CandidateReader::rename_user(CandidateFacts& facts) {
  const std::string& name = users_.name(*facts.uid);
  if (name == facts.user) return false;
  facts.user = name;
  return true;
}

std::vector<CandidateFacts> read_candidates(const ProcFs& files, ProcessTable& table) {
  const auto pids = table.list();
  if (!pids) throw std::runtime_error("cannot list the processes in /proc");
  CandidateReader reader(files);
  std::vector<CandidateFacts> facts;
  facts.reserve(pids->size());
  for (const ProcessStat& stat : table.read(*pids)) {
    reader.begin_tick();  // nothing is late here
    facts.push_back(reader.read(stat));
  }
  reader.settle_names();
  for (CandidateFacts& one : facts) reader.rename_user(one);
  std::sort(facts.begin(), facts.end(),
            [](const CandidateFacts& a, const CandidateFacts& b) { return a.id < b.id; });
  return facts;
}

std::vector<Candidate> views(const std::vector<CandidateFacts>& facts) {
  std::vector<Candidate> out;
  out.reserve(facts.size());
  for (const CandidateFacts& one : facts) out.push_back(one.view());
  return out;
}

}  // namespace tierwatch
