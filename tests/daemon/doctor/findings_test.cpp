// SPDX-License-Identifier: MIT
#include "daemon/doctor/findings.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "daemon/doctor/doctor_report.h"

namespace tierwatch {
namespace {

using ::testing::AllOf;
using ::testing::HasSubstr;
using ::testing::Not;

TierAccess tier(std::string name, std::size_t processes) {
  TierAccess access{.tier = std::move(name), .processes = processes, .tried = processes};
  access.readable.fill(processes);
  return access;
}

/// A machine on which nothing is missing.
Examination well() {
  Examination examined;
  MachineAccess& machine = examined.machine;
  machine.user = "tierwatch";
  machine.hostname = "web1";
  machine.kernel = "6.1.0";
  machine.uid = 990;
  machine.pressure = machine.run_delay = machine.descriptor_counts = true;
  machine.tcp_diag = machine.unix_diag = true;
  machine.cgroups = "v2";
  machine.tiers = {tier("nginx", 3), tier("redis", 1)};
  machine.drop_ins = "/usr/share/tierwatch/systemd";
  examined.daemon.runs = true;
  examined.daemon.where = "/run/tierwatch/tierwatch.sock";
  examined.daemon.process_source = "bpf";
  examined.daemon.process_source_reason = "permitted";
  examined.daemon.history = {
      .kept = HistoryState::Kept::kFresh, .file = "/h.db", .age = std::chrono::seconds(1)};
  return examined;
}

Finding finding(const Examination& examined, const std::string& name) {
  for (const Finding& found : findings(examined))
    if (found.name == name) return found;
  return {.name = "there is none"};
}

void deny(MachineAccess& machine, Access access) {
  machine.tiers[0].readable[static_cast<std::size_t>(access)] = 1;
}

TEST(Findings, OfAWellMachineAreWell) {
  for (const Finding& found : findings(well()))
    EXPECT_TRUE(found.standing == Standing::kWell && found.fix.empty()) << found.text;
  EXPECT_EQ(exit_status_of(findings(well())), 0);
}

TEST(Findings, OfADaemonWithAnotherConfigurationNameItsFile) {
  Examination examined = well();
  examined.configuration_file = "/etc/other.toml";
  examined.configured_by_daemon = true;
  EXPECT_EQ(finding(examined, "configuration").text,
            "/etc/other.toml, with which the daemon was started, can be used");
  examined.daemon.reload_refused = true;
  EXPECT_THAT(finding(examined, "daemon.configuration").fix,
              HasSubstr("tierwatch check-config /etc/other.toml && "));
  examined.configuration_problem = "/etc/other.toml:1: wrong";
  EXPECT_EQ(finding(examined, "configuration").fix, "tierwatch check-config /etc/other.toml");
}

TEST(Findings, ThatMayNotHoldForTheDaemonSayWhichFileItHas) {
  Examination examined = well();
  examined.other_configuration = "/etc/other.toml";
  const Finding found = finding(examined, "configuration");
  EXPECT_EQ(found.standing, Standing::kLimited);
  EXPECT_THAT(found.text, HasSubstr("another one (/etc/other.toml)"));
  EXPECT_EQ(found.fix, "tierwatch doctor -c /etc/other.toml");
}

TEST(Findings, HistoryThatTheDaemonKeepsElsewhereIsNotCalledMissing) {
  Examination examined = well();
  examined.daemon.history.kept = HistoryState::Kept::kMissing;
  EXPECT_EQ(finding(examined, "daemon.history").standing, Standing::kMissing);
  examined.daemon.keeps_history = true;
  EXPECT_EQ(finding(examined, "daemon.history").standing, Standing::kLimited);
  EXPECT_EQ(finding(examined, "daemon.history").text, "it keeps history, but not in /h.db");
  examined.daemon.history.kept = HistoryState::Kept::kUnknown;
  EXPECT_THAT(finding(examined, "daemon.history").text, HasSubstr("is not known"));
}

TEST(Findings, OfADaemonThatWasStartedByHandNameNoUnit) {
  Examination examined = well();
  examined.by_systemd = false;
  examined.daemon_pid = 77;
  examined.configuration_file = "/home/me/t.toml";
  examined.daemon.history.kept = HistoryState::Kept::kMissing;
  examined.daemon.unwell = "hung";
  examined.daemon.reload_refused = true;
  for (const char* name : {"daemon.history", "daemon.fresh", "daemon.configuration"}) {
    const Finding found = finding(examined, name);
    EXPECT_THAT(found.fix, AllOf(Not(HasSubstr("systemctl")), Not(HasSubstr("journalctl"))))
        << name;
    EXPECT_FALSE(found.fix.empty()) << name;
  }
  EXPECT_EQ(finding(examined, "daemon.history").standing, Standing::kLimited);
  EXPECT_EQ(finding(examined, "daemon.history").fix,
            "set [history] path in /home/me/t.toml and kill -HUP 77");
}

struct Case {
  const char* name;
  void (*spoil)(Examination&);
  Standing standing;
  const char* fix;
};

void expect_each(std::initializer_list<Case> lacks) {
  for (const Case& lack : lacks) {
    SCOPED_TRACE(lack.name + std::string(" ") + lack.fix);
    Examination examined = well();
    lack.spoil(examined);
    const Finding found = finding(examined, lack.name);
    EXPECT_EQ(found.standing, lack.standing) << found.text;
    EXPECT_THAT(found.fix, HasSubstr(lack.fix));
    EXPECT_EQ(exit_status_of(findings(examined)), lack.standing == Standing::kMissing ? 1 : 0);
  }
}

TEST(Findings, ThatProcTellsOfProcessesIsAmissWhereBpfWasWantedOrFailed) {
  Examination examined = well();
  examined.daemon.process_source = "proc";
  std::string& reason = examined.daemon.process_source_reason;
  for (const char* good : {"configured", "not_built", "not_permitted", "other_namespace"}) {
    reason = good;
    EXPECT_EQ(finding(examined, "daemon.process_source").standing, Standing::kWell) << reason;
  }
  for (const char* bad : {"refused", "failed"}) {
    reason = bad;
    EXPECT_EQ(finding(examined, "daemon.process_source").standing, Standing::kLimited) << reason;
  }
  examined.bpf_wanted = true;
  reason = "not_permitted";
  EXPECT_THAT(finding(examined, "daemon.process_source").fix, HasSubstr("/bpf.conf"));
  reason = "configured";
  EXPECT_EQ(finding(examined, "daemon.process_source").standing, Standing::kWell);
}

TEST(Findings, TellWhetherTheDaemonIsScraped) {
  Examination examined = well();
  EXPECT_EQ(finding(examined, "daemon.scraped").name, "there is none") << "it was not told";
  examined.daemon.scrapes = 7;
  EXPECT_EQ(finding(examined, "daemon.scraped").text,
            "its metrics were asked for 7 times since it started");
  examined.daemon.scrapes = 0;
  examined.daemon.pushes = true;
  EXPECT_EQ(finding(examined, "daemon.scraped").standing, Standing::kWell);
}

TEST(Findings, EachLackOfTheMachineIsSaidWithItsFix) {
  expect_each({
      {"proc.hidepid",
       [](Examination& e) {
         e.machine.hidepid = "2";
         e.machine.others_hidden = true;
       },
       Standing::kMissing, "mount -o remount,hidepid=2,gid=$(id -g tierwatch) /proc"},
      {"proc.hidepid",
       [](Examination& e) {
         e.machine.hidepid = "2";
         e.machine.uid = 0;
       },
       Standing::kMissing, "gid=$(id -g tierwatch)"},
      {"kernel.sock_diag", [](Examination& e) { e.machine.unix_diag = false; }, Standing::kMissing,
       "modprobe -a tcp_diag unix_diag"},
      {"kernel.schedstat", [](Examination& e) { e.machine.run_delay = false; }, Standing::kLimited,
       "CONFIG_SCHED_INFO"},
      {"kernel.pressure", [](Examination& e) { e.machine.pressure = false; }, Standing::kLimited,
       "psi=1"},
      {"kernel.descriptor_counts", [](Examination& e) { e.machine.descriptor_counts = false; },
       Standing::kLimited, "full.conf"},
      {"cgroups", [](Examination& e) { e.machine.cgroups = ""; }, Standing::kLimited,
       "mount -t cgroup2"},
      {"tiers.cpu", [](Examination& e) { deny(e.machine, Access::kCpu); }, Standing::kMissing,
       "hidepid=0"},
      {"tiers.io", [](Examination& e) { deny(e.machine, Access::kIo); }, Standing::kLimited,
       "/usr/share/tierwatch/systemd/full.conf /etc/systemd/system/tierwatch.service.d/"},
      {"tiers.sockets", [](Examination& e) { deny(e.machine, Access::kSockets); },
       Standing::kLimited, "full.conf"},
      {"tiers.proportional_memory", [](Examination& e) { deny(e.machine, Access::kProportional); },
       Standing::kLimited, "pss.conf"},
      {"tiers.proportional_memory",
       [](Examination& e) {
         e.proportional_wanted = true;
         e.machine.capabilities = 1ull << 38;  // which this kernel does not take for it
         deny(e.machine, Access::kProportional);
       },
       Standing::kMissing, "full.conf"},
  });
}

TEST(Findings, EachLackOfTheDaemonIsSaidWithItsFix) {
  expect_each({
      {"daemon.runs",
       [](Examination& e) {
         e.daemon.runs = false;
         e.daemon.trouble = "refused";
       },
       Standing::kMissing, "systemctl enable --now tierwatch"},
      {"daemon.fresh", [](Examination& e) { e.daemon.unwell = "20 s old"; }, Standing::kMissing,
       "journalctl"},
      {"daemon.fresh", [](Examination& e) { e.daemon.locked = true; }, Standing::kLimited,
       "sudo tierwatch doctor"},
      {"daemon.configuration", [](Examination& e) { e.daemon.reload_refused = true; },
       Standing::kMissing, "tierwatch check-config"},
      {"daemon.listen",
       [](Examination& e) { e.daemon.sockets_passed = e.listen_configured = true; },
       Standing::kLimited, "systemctl edit tierwatch.socket"},
      {"daemon.scraped", [](Examination& e) { e.daemon.scrapes = 0; }, Standing::kLimited,
       "/usr/share/tierwatch/prometheus/scrape.yml"},
      {"daemon.history", [](Examination& e) { e.daemon.history.kept = HistoryState::Kept::kStale; },
       Standing::kMissing, "journalctl"},
      {"daemon.history",
       [](Examination& e) { e.daemon.history.kept = HistoryState::Kept::kDenied; },
       Standing::kLimited, "adduser"},
      {"configuration", [](Examination& e) { e.configuration_problem = "x.toml:1: bad"; },
       Standing::kMissing, "tierwatch check-config"},
  });
}

TEST(Findings, NameTheTiersAndTheCapability) {
  Examination examined = well();
  deny(examined.machine, Access::kIo);
  EXPECT_EQ(finding(examined, "tiers.io").text,
            "bytes read and written cannot be read of 2 of 4 processes (nginx): needs "
            "CAP_SYS_PTRACE with CAP_DAC_READ_SEARCH");
}

TEST(DoctorText, PutsWhatIsMissingFirstAndShowsNoControlCharacters) {
  Examination examined = well();
  examined.machine.unix_diag = false;
  examined.daemon.notes = {"a \x1b[31mnote"};
  const auto found = findings(examined);
  const std::string text = doctor_text(examined, found);
  EXPECT_THAT(text, HasSubstr("\nMissing\n  kernel.sock_diag: "));
  EXPECT_THAT(text, HasSubstr("    fix: modprobe"));
  EXPECT_THAT(text, HasSubstr("nginx  3          yes"));
  EXPECT_LT(text.find("Missing"), text.find("Limited"));
  EXPECT_LT(text.find("Limited"), text.find("Well"));
  EXPECT_THAT(text, AllOf(HasSubstr("it says: a "), Not(HasSubstr("\x1b"))));
}

TEST(DoctorJson, HasFindingsAndTiers) {
  Examination examined = well();
  deny(examined.machine, Access::kIo);
  const std::string json = doctor_json(examined, findings(examined));
  EXPECT_THAT(json, HasSubstr("\"well\": true"));
  EXPECT_THAT(json, HasSubstr("\"name\": \"tiers.io\",\n      \"standing\": \"limited\""));
  EXPECT_THAT(json, HasSubstr("\"tier\": \"nginx\",\n      \"processes\": 3"));
  EXPECT_THAT(json, HasSubstr("\"io\": 1"));
}

TEST(DoctorText, EachErrorOfAFileHasItsLine) {
  Examination examined = well();
  examined.configuration_problem = "a.toml:1:1: wrong\na.toml:2:1: \x1b[31mwrong, too";
  const std::string text = doctor_text(examined, findings(examined));
  EXPECT_THAT(text, HasSubstr("a.toml:1:1: wrong\n    a.toml:2:1: "));
  EXPECT_THAT(text, AllOf(Not(HasSubstr("x0a")), Not(HasSubstr("\x1b"))));
}

}  // namespace
}  // namespace tierwatch
