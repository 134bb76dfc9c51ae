// SPDX-License-Identifier: MIT
#include "collectors/process/candidate_reader.h"

#include <pwd.h>

#include <algorithm>
#include <cerrno>

#include "collectors/parse/proc_text_process.h"

namespace tierwatch {
namespace {

std::string look_up_name(uid_t uid) {
  // Entries with long member lists outgrow the buffer; a name alone never does, so a few steps are
  // enough.
  std::vector<char> buffer(1024);
  passwd entry{};
  passwd* found = nullptr;
  int error = 0;
  while ((error = getpwuid_r(uid, &entry, buffer.data(), buffer.size(), &found)) == ERANGE &&
         buffer.size() < (1u << 20)) {
    buffer.resize(buffer.size() * 4);
  }
  return error == 0 && found ? std::string(found->pw_name) : std::to_string(uid);
}

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

const std::string& UserNames::name(uid_t uid) {
  const auto [entry, is_new] = names_.try_emplace(uid);
  if (is_new) entry->second = look_up_name(uid);
  return entry->second;
}

CandidateFacts CandidateReader::read(const ProcessStat& stat) {
  CandidateFacts facts{.id = stat.id,
                       .parent_pid = stat.parent_pid,
                       .comm = stat.comm,
                       .kernel_thread = stat.kernel_thread,
                       .uid = stat.uid};
  if (!stat.kernel_thread) read_files(facts);
  facts.user = users_.name(*facts.uid);
  return facts;
}

void CandidateReader::read_files(CandidateFacts& facts) {
  const std::string folder = "proc/" + std::to_string(facts.id.pid) + "/";
  if (const FileText text = files_.read(folder + "cmdline", buffer_, kMaxTitleBytes)) {
    facts.title = parse_cmdline(text.text);
  }
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
  auto exe = files_.link((folder + "exe").c_str());
  facts.exe = exe ? without_deleted(std::move(*exe)) : absolute_first_word(facts.title);
}

bool CandidateReader::reread_cgroup(CandidateFacts& facts) {
  const FileText text = files_.read("proc/" + std::to_string(facts.id.pid) + "/cgroup", buffer_);
  if (!text || text.text == facts.cgroup_membership) return false;
  facts.cgroup = parse_cgroup(text.text);
  facts.cgroup_membership = text.text;
  return true;
}

std::vector<CandidateFacts> read_candidates(const ProcFs& files, ProcessTable& table) {
  const std::vector<pid_t> pids = table.list();
  CandidateReader reader(files);
  std::vector<CandidateFacts> facts;
  facts.reserve(pids.size());
  for (const ProcessStat& stat : table.read(pids)) facts.push_back(reader.read(stat));
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
