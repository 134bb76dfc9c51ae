// SPDX-License-Identifier: MIT
#include "collectors/parse/proc_text_host.h"

#include <gtest/gtest.h>

#include <functional>
#include <string>
#include <utility>

#include "tests/support/bad_text.h"
#include "tests/support/fixture.h"

namespace tierwatch {
namespace {

using std::chrono::microseconds;
using std::chrono::milliseconds;

constexpr CpuTimes::Time kTick = std::chrono::milliseconds(10);
constexpr const char* kPast64Bits = "18446744073709551616";

std::string kernel(const std::string& file) { return fixture("proc/linux-6.18/" + file); }

std::string replaced(std::string text, const std::string& what, const std::string& by) {
  const auto at = text.find(what);
  EXPECT_NE(at, std::string::npos) << what;
  return text.replace(at, what.size(), by);
}

std::optional<StatText> parse_ticks(std::string_view text) { return parse_stat(text, kTick); }

TEST(ParseStat, EveryColumnHasItsPlace) {
  const auto stat = parse_ticks(kernel("stat"));
  ASSERT_TRUE(stat);
  EXPECT_EQ(stat->cpu.user, 12898 * kTick);
  EXPECT_EQ(stat->cpu.nice, 18594 * kTick);
  EXPECT_EQ(stat->cpu.system, 17045 * kTick);
  EXPECT_EQ(stat->cpu.idle, 393226 * kTick);
  EXPECT_EQ(stat->cpu.iowait, 2392 * kTick);
  EXPECT_EQ(stat->cpu.irq, 55 * kTick);
  EXPECT_EQ(stat->cpu.softirq, 312 * kTick);
  EXPECT_EQ(stat->cpu.steal, 134 * kTick);
  EXPECT_EQ(stat->cpu.guest, 77 * kTick);
  EXPECT_EQ(stat->cpu.guest_nice, 9 * kTick);
}

TEST(ParseStat, ProcessorsAreToldOneByOne) {
  const auto stat = parse_ticks(kernel("stat"));
  ASSERT_TRUE(stat);
  ASSERT_EQ(stat->cpus.size(), 2u);
  EXPECT_EQ(stat->cpus[0].user, 4821 * kTick);
  EXPECT_EQ(stat->cpus[1].idle, 191675 * kTick);
}

TEST(ParseStat, CountersHaveTheirPlace) {
  const auto stat =
      parse_ticks("cpu 1 2 3 4\nctxt 5\nprocesses 6\nprocs_running 7\nprocs_blocked 8\n");
  ASSERT_TRUE(stat);
  EXPECT_EQ(stat->context_switches, 5u);
  EXPECT_EQ(stat->forks, 6u);
  EXPECT_EQ(stat->runnable, 7u);
  EXPECT_EQ(stat->blocked, 8u);
}

// Linux 2.6.0 wrote seven columns; steal came with 2.6.11, guest with 2.6.24, guest_nice with
// 2.6.33 (proc_stat(5)).
TEST(ParseStat, ColumnsOfLaterKernelsAreZeroOnOlderOnes) {
  const auto stat = parse_ticks("cpu  1 2 3 4 5 6 7\ncpu0 1 2 3 4 5 6 7\nctxt 9\n");
  ASSERT_TRUE(stat);
  EXPECT_EQ(stat->cpu.softirq, 7 * kTick);
  EXPECT_EQ(stat->cpu.steal, nanoseconds(0));
  EXPECT_EQ(stat->cpus.size(), 1u);
}

TEST(ParseStat, ColumnsOfKernelsToComeArePassedOver) {
  const auto stat = parse_ticks("cpu 1 2 3 4 5 6 7 8 9 10 11 12\nnew 3 4\nctxt 9\n");
  ASSERT_TRUE(stat);
  EXPECT_EQ(stat->cpu.guest_nice, 10 * kTick);
  EXPECT_EQ(stat->context_switches, 9u);
}

TEST(ParseStat, OfflineProcessorsHaveNoRow) {
  const auto stat = parse_ticks("cpu 4 4 4 4\ncpu0 1 1 1 1\ncpu3 3 3 3 3\nctxt 9\n");
  ASSERT_TRUE(stat);
  EXPECT_EQ(stat->cpus.size(), 2u);
}

// Their number is taken as the size of the machine.
TEST(ParseStat, ProcessorsAreAbsentWhenSomeMayBeMissing) {
  const auto stat = parse_ticks("cpu 4 4 4 4\ncpu0 1 1 1 1\n");
  ASSERT_TRUE(stat);
  EXPECT_TRUE(stat->cpus.empty());
}

TEST(ParseMeminfo, NumbersAreBytes) {
  const auto memory = parse_meminfo(kernel("meminfo"));
  ASSERT_TRUE(memory);
  EXPECT_EQ(memory->total_bytes, 24682416ull * 1024);
  EXPECT_EQ(memory->free_bytes, 23119248ull * 1024);
  EXPECT_EQ(memory->available_bytes, 23548136ull * 1024);
  EXPECT_EQ(memory->buffers_bytes, 3124ull * 1024);
  EXPECT_EQ(memory->cached_bytes, 560240ull * 1024);
  EXPECT_EQ(memory->swap_total_bytes, 2097148ull * 1024);
  EXPECT_EQ(memory->swap_free_bytes, 1048572ull * 1024);
}

TEST(ParseMeminfo, MissingAvailableIsNoMemoryReading) {
  const std::string text = replaced(kernel("meminfo"), "MemAvailable:", "MemSomethingElse:");
  EXPECT_FALSE(parse_meminfo(text));
}

TEST(ParseLoadavg, ThreeAverages) {
  const auto load = parse_loadavg(kernel("loadavg"));
  ASSERT_TRUE(load);
  EXPECT_DOUBLE_EQ(load->load1, 6.69);
  EXPECT_DOUBLE_EQ(load->load5, 3.33);
  EXPECT_DOUBLE_EQ(load->load15, 1.37);
}

TEST(ParsePressure, TotalsAreMicroseconds) {
  const auto pressure = parse_pressure(kernel("pressure/io"));
  ASSERT_TRUE(pressure);
  EXPECT_EQ(pressure->some, microseconds(21411637));
  EXPECT_EQ(pressure->full, microseconds(19574346));
}

TEST(ParsePressure, CpuHadNoFullLineBeforeLinux513) {
  const auto pressure = parse_pressure("some avg10=2.40 avg60=0.99 avg300=0.43 total=9247827\n");
  ASSERT_TRUE(pressure);
  EXPECT_EQ(pressure->some, microseconds(9247827));
  EXPECT_EQ(pressure->full, nanoseconds(0));
}

TEST(ParseFileNr, OpenAndMaximum) {
  const auto table = parse_file_nr(kernel("file-nr"));
  ASSERT_TRUE(table);
  EXPECT_EQ(table->open_files, 15464u);
  EXPECT_EQ(table->max_files, 2465620u);
}

TEST(ParseFileNr, LimitMayBeTheLargestLong) {
  const auto table = parse_file_nr("1408\t0\t9223372036854775807\n");
  ASSERT_TRUE(table);
  EXPECT_EQ(table->max_files, 9223372036854775807u);
}

TEST(ParseNetstat, ListenCountersAreFoundByName) {
  const auto netstat = parse_netstat(kernel("netstat"));
  ASSERT_TRUE(netstat);
  EXPECT_EQ(netstat->listen_overflows, 17u);
  EXPECT_EQ(netstat->listen_drops, 23u);
  EXPECT_TRUE(netstat->syn_drops);
}

TEST(ParseNetstat, AnyPairMayComeFirst) {
  const auto netstat =
      parse_netstat("IpExt: InNoRoutes\nIpExt: 0\nTcpExt: ListenDrops TW\nTcpExt: 5 6\n");
  ASSERT_TRUE(netstat);
  EXPECT_EQ(netstat->listen_drops, 5u);
  EXPECT_FALSE(netstat->listen_overflows);
}

TEST(ParseSnmp, FailedConnectsAreThoseOfTcp) {
  EXPECT_EQ(parse_snmp_failed_connects("Ip: AttemptFails\nIp: 1\n"
                                       "Tcp: ActiveOpens AttemptFails\nTcp: 5 6\n"),
            6u);
  EXPECT_EQ(parse_snmp_failed_connects("Tcp: ActiveOpens AttemptFails\nTcp: 5\n"), std::nullopt);
  EXPECT_EQ(parse_snmp_failed_connects("Tcp: MaxConn\nTcp: -1\n"), std::nullopt);
}

TEST(ParseVmstat, SwapAndKills) {
  const auto vmstat = parse_vmstat(kernel("vmstat"));
  ASSERT_TRUE(vmstat);
  EXPECT_EQ(vmstat->oom_kills, 3u);
  EXPECT_EQ(vmstat->swap_in_pages, 41u);
  EXPECT_EQ(vmstat->swap_out_pages, 43u);
  EXPECT_EQ(vmstat->background_scanned_pages, 47u);
  EXPECT_EQ(vmstat->direct_scanned_pages, 53u);
  EXPECT_EQ(vmstat->refaulted_pages, 552354u);
}

TEST(ParseVmstat, KernelsBefore59CountRefaultsOfFilesOnly) {
  const auto vmstat = parse_vmstat("nr_free_pages 1\nworkingset_refault 7\n");
  ASSERT_TRUE(vmstat);
  EXPECT_EQ(vmstat->refaulted_pages, 7u);
  EXPECT_FALSE(vmstat->direct_scanned_pages);
}

TEST(ParseVmstat, KernelsBefore413DoNotCountKills) {
  const auto vmstat = parse_vmstat("nr_free_pages 6019500\npswpin 1\npswpout 2\n");
  ASSERT_TRUE(vmstat);
  EXPECT_FALSE(vmstat->oom_kills);
  EXPECT_EQ(vmstat->swap_in_pages, 1u);
}

// A line as Linux 4.17 and before wrote it, one with discards (4.18) and one with flushes (5.5).
TEST(ParseDiskstats, EveryColumnHasItsPlace) {
  const auto disks = parse_diskstats(
      " 254       0 vda 1 2 3 4 5 6 7 8 9 10 11\n"
      "   8       0 sda 21 22 23 24 25 26 27 28 0 30 31 1 1 1 1\n"
      "   8       1 sda1 1 1 1 1 1 1 1 1 0 1 1 1 1 1 1 1 1\n");
  ASSERT_TRUE(disks);
  ASSERT_EQ(disks->size(), 3u);
  const DiskReading& disk = disks->front();
  EXPECT_EQ(disk.name, "vda");
  EXPECT_EQ(disk.reads, 1u);
  EXPECT_EQ(disk.read_bytes, 3u * 512);
  EXPECT_EQ(disk.writes, 5u);
  EXPECT_EQ(disk.written_bytes, 7u * 512);
  EXPECT_EQ(disk.busy, milliseconds(10));
  EXPECT_EQ(disk.queued, milliseconds(11));
  EXPECT_EQ((*disks)[1].busy, milliseconds(30));
}

class NotBelieved : public testing::TestWithParam<BadText> {};

TEST_P(NotBelieved, IsAbsent) { EXPECT_FALSE(GetParam().parses(GetParam().text)); }

std::vector<BadText> bad_texts() {
  const std::string many = kPast64Bits;
  return {
      {"stat_without_cpu", by(parse_ticks), "cpu0 1 2 3 4\nctxt 5\n"},
      {"stat_with_too_few_columns", by(parse_ticks), "cpu 1 2 3\nctxt 5\n"},
      {"stat_negative_time", by(parse_ticks), "cpu 1 2 -3 4\nctxt 5\n"},
      {"stat_time_past_64_bits", by(parse_ticks), "cpu 1 2 3 " + many + "\nctxt 5\n"},
      {"stat_time_past_292_thousand_years", by(parse_ticks), "cpu 1 2 3 922337203685478\nctxt 5\n"},
      {"stat_word_for_a_counter", by(parse_ticks), "cpu 1 2 3 4\nprocs_running many\n"},
      {"stat_counter_past_64_bits", by(parse_ticks), "cpu 1 2 3 4\nctxt " + many + "\n"},
      {"stat_counter_missing", by(parse_ticks), "cpu 1 2 3 4\nctxt\n"},
      {"meminfo_past_64_bits", by(parse_meminfo),
       replaced(kernel("meminfo"), "24682416", kPast64Bits)},
      {"meminfo_past_64_bits_of_bytes", by(parse_meminfo),
       replaced(kernel("meminfo"), "24682416", "18014398509481984")},
      {"loadavg_words", by(parse_loadavg), "low low low\n"},
      {"loadavg_two_numbers", by(parse_loadavg), "0.1 0.2\n"},
      {"loadavg_negative", by(parse_loadavg), "0.1 -0.2 0.3 1/2 3\n"},
      {"loadavg_not_a_number", by(parse_loadavg), "nan 0.2 0.3 1/2 3\n"},
      {"pressure_without_some", by(parse_pressure), "full avg10=0.00 total=5\n"},
      {"pressure_without_total", by(parse_pressure), "some avg10=0.00\n"},
      {"pressure_past_64_bits", by(parse_pressure), "some total=" + many + "\n"},
      {"pressure_past_292_years", by(parse_pressure), "some total=9223372036854776\n"},
      {"file_nr_two_numbers", by(parse_file_nr), "646\t0\n"},
      {"file_nr_more_unused_than_allocated", by(parse_file_nr), "1\t2\t3\n"},
      {"netstat_without_tcp", by(parse_netstat), "IpExt: InNoRoutes\nIpExt: 0\n"},
      {"netstat_without_values", by(parse_netstat), "TcpExt: ListenDrops\n"},
      {"netstat_values_of_another", by(parse_netstat), "TcpExt: ListenDrops\nIpExt: 4\n"},
      {"netstat_fewer_values_than_names", by(parse_netstat), "TcpExt: TW ListenDrops\nTcpExt: 1\n"},
      {"netstat_past_64_bits", by(parse_netstat), "TcpExt: ListenDrops\nTcpExt: " + many + "\n"},
      {"vmstat_past_64_bits", by(parse_vmstat), "nr_free_pages 1\noom_kill " + many + "\n"},
      {"diskstats_too_few_columns", by(parse_diskstats), "8 0 sda 1 2 3 4 5 6 7 8 9 10\n"},
      {"diskstats_negative", by(parse_diskstats), "8 0 sda 1 2 3 4 5 6 7 8 9 -10 11\n"},
      {"diskstats_past_64_bits", by(parse_diskstats), "8 0 sda " + many + " 2 3 4 5 6 7 8 9 1 1\n"},
      {"diskstats_sectors_past_64_bits_of_bytes", by(parse_diskstats),
       "8 0 sda 1 2 36028797018963968 4 5 6 7 8 9 1 1\n"},
      {"vmstat_of_something_else", by(parse_vmstat), "hello world\n"},
  };
}

INSTANTIATE_TEST_SUITE_P(Texts, NotBelieved, testing::ValuesIn(bad_texts()),
                         [](const auto& bad) { return bad.param.rule; });

struct Parsed {
  const char* file;
  /// The values as text, "-" for one that is absent; empty when the whole is.
  std::function<std::vector<std::string>(std::string_view)> values;
};

std::string shown(nanoseconds time) { return std::to_string(time.count()); }
std::string shown(std::uint64_t number) { return std::to_string(number); }
std::string shown(double number) { return std::to_string(number); }
template <typename Value>
std::string shown(const std::optional<Value>& value) {
  return value ? shown(*value) : "-";
}

std::vector<Parsed> all_parsers() {
  using Values = std::vector<std::string>;
  return {
      {"stat",
       [](std::string_view text) -> Values {
         const auto s = parse_ticks(text);
         if (!s) return {};
         return {shown(s->cpu.idle), s->cpus.empty() ? "-" : shown(s->cpus.size()),
                 shown(s->runnable), shown(s->forks), shown(s->context_switches)};
       }},
      {"meminfo",
       [](std::string_view text) -> Values {
         const auto m = parse_meminfo(text);
         if (!m) return {};
         return {shown(m->total_bytes), shown(m->swap_free_bytes)};
       }},
      {"loadavg",
       [](std::string_view text) -> Values {
         const auto l = parse_loadavg(text);
         if (!l) return {};
         return {shown(l->load1), shown(l->load15)};
       }},
      {"pressure/io",
       [](std::string_view text) -> Values {
         const auto p = parse_pressure(text);
         if (!p) return {};
         return {shown(p->some), p->full == nanoseconds(0) ? "-" : shown(p->full)};
       }},
      {"diskstats",
       [](std::string_view text) -> Values {
         const auto disks = parse_diskstats(text);
         if (!disks) return {};
         Values values;
         for (const DiskReading& d : *disks)
           values.push_back(d.name + shown(d.reads) + "," + shown(d.busy) + "," + shown(d.queued));
         return values;
       }},
      {"file-nr",
       [](std::string_view text) -> Values {
         const auto f = parse_file_nr(text);
         if (!f) return {};
         return {shown(f->open_files), shown(f->max_files)};
       }},
      {"netstat",
       [](std::string_view text) -> Values {
         const auto n = parse_netstat(text);
         if (!n) return {};
         return {shown(n->listen_overflows), shown(n->listen_drops), shown(n->syn_drops)};
       }},
      {"vmstat",
       [](std::string_view text) -> Values {
         const auto v = parse_vmstat(text);
         if (!v) return {};
         return {shown(v->oom_kills),
                 shown(v->swap_in_pages),
                 shown(v->swap_out_pages),
                 shown(v->direct_scanned_pages),
                 shown(v->background_scanned_pages),
                 shown(v->refaulted_pages)};
       }},
  };
}

class HostText : public testing::TestWithParam<Parsed> {};

TEST_P(HostText, CutAnywhereTellsTheTruthOrNothing) {
  const std::string text = kernel(GetParam().file);
  const auto truth = GetParam().values(text);
  ASSERT_FALSE(truth.empty());
  for (std::size_t length = 0; length < text.size(); ++length) {
    const auto values = GetParam().values(std::string_view(text).substr(0, length));
    for (std::size_t i = 0; i < values.size(); ++i)
      EXPECT_TRUE(values[i] == "-" || values[i] == truth[i]) << "cut at " << length;
  }
}

// Every byte spoilt once, each in one of several ways: numbers may differ, but nothing crashes.
TEST_P(HostText, AnySpoiltByteIsSurvived) {
  constexpr std::string_view kSpoilt("x\0\n -\xff", 6);
  std::string text = kernel(GetParam().file);
  for (std::size_t at = 0; at < text.size(); ++at) {
    const char kept = std::exchange(text[at], kSpoilt[at % kSpoilt.size()]);
    GetParam().values(text);
    text[at] = kept;
  }
  EXPECT_FALSE(GetParam().values(text).empty());
}

INSTANTIATE_TEST_SUITE_P(Files, HostText, testing::ValuesIn(all_parsers()), [](const auto& parsed) {
  std::string name = parsed.param.file;
  for (char& c : name) {
    if (c == '/' || c == '-') c = '_';
  }
  return name;
});

}  // namespace
}  // namespace tierwatch
