// SPDX-License-Identifier: MIT
//
// Apache's pool, as its own files set it: read as the daemon reads them, from a made-up /proc.
#include <gmock/gmock.h>
#include <sys/stat.h>
#include <unistd.h>

#include "collectors/servers/server_settings.h"
#include "tests/support/fake_proc.h"

namespace tierwatch {
namespace {

using std::chrono::seconds;

constexpr const char* kDebian = "/usr/sbin/apache2 -k start";
constexpr const char* kPrefork =
    "LoadModule mpm_prefork_module /usr/lib/modules/mod_mpm_prefork.so\n";
constexpr const char* kWorker = "LoadModule mpm_worker_module modules/mod_mpm_worker.so\n";
constexpr const char* kEvent = "LoadModule mpm_event_module modules/mod_mpm_event.so\n";

/// One Apache, pid 10.
class ApacheSettings : public ::testing::Test {
 protected:
  ApacheSettings() {
    rules_.tiers = {{.name = "web", .preset = "apache", .roles = {{.name = "master"}}}};
    const std::string id = std::to_string(geteuid());
    proc_.write("proc/10/status",
                "Uid:\t" + id + " " + id + " " + id + " " + id + "\nGid:\t7 7 7 7\nGroups:\t7 \n");
    proc_.make_directory("proc/10/root");
  }

  /// A file as the process sees it.
  void write(const std::string& path, const std::string& text) {
    proc_.write("proc/10/root" + path, text);
  }

  ServerSettingsReading read(const std::string& title) {
    ProcessReading master;
    master.id = {.pid = 10};
    master.title = title;
    master.member = Membership{};
    ServerSettings settings(files_);
    const Instant now{.wall = std::chrono::system_clock::now(), .monotonic = seconds(1)};
    settings.collect(now, rules_, {&master, 1});
    EXPECT_TRUE(settings.wait(seconds(60)));
    return settings.collect(now, rules_, {&master, 1}).at(0);
  }

  /// Of a Debian Apache with this text in apache2.conf.
  std::optional<std::uint64_t> pool(const std::string& text) {
    write("/etc/apache2/apache2.conf", text);
    return read(kDebian).most_workers;
  }

  FakeProc proc_;
  ProcFs files_{proc_.root()};
  TierRules rules_;
};

TEST_F(ApacheSettings, EachMpmHasItsOwnDefaults) {
  EXPECT_EQ(pool(kPrefork), 256u);
  EXPECT_EQ(read(kDebian).parks_connections, false);
  EXPECT_EQ(pool(kWorker), 400u);
  EXPECT_EQ(read(kDebian).parks_connections, false);
  EXPECT_EQ(pool(kEvent), 400u);
  EXPECT_EQ(read(kDebian).parks_connections, true);
}

TEST_F(ApacheSettings, WithoutAnMpmThatIsSeenNothingIsKnown) {
  EXPECT_EQ(pool("MaxRequestWorkers 8\n"), std::nullopt) << "it is built in, whichever it is";
  EXPECT_EQ(read(kDebian).parks_connections, std::nullopt);
}

TEST_F(ApacheSettings, PreforkHasAProcessForEach) {
  EXPECT_EQ(pool(std::string(kPrefork) + "MaxRequestWorkers 8\n"), 8u);
  EXPECT_EQ(pool(std::string(kPrefork) + "MaxClients 9\n"), 9u) << "its name up to 2.2";
  EXPECT_EQ(pool(std::string(kPrefork) + "MaxRequestWorkers 1000\n"), 256u) << "ServerLimit";
  EXPECT_EQ(pool(std::string(kPrefork) + "ServerLimit 1000\nMaxRequestWorkers 1000\n"), 1000u);
}

TEST_F(ApacheSettings, ThreadsComeInWholeProcesses) {
  const std::string four = std::string(kWorker) + "ThreadsPerChild 4\n";
  EXPECT_EQ(pool(four + "MaxRequestWorkers 8\n"), 8u);
  EXPECT_EQ(pool(four + "MaxRequestWorkers 11\n"), 8u);
  EXPECT_EQ(pool(four + "MaxRequestWorkers 1\n"), 4u);
  EXPECT_EQ(pool(four), 64u) << "16 processes";
  EXPECT_EQ(pool(four + "ServerLimit 3\n"), 12u);
  EXPECT_EQ(pool(std::string(kWorker) + "ThreadsPerChild 100\nMaxRequestWorkers 128\n"), 128u)
      << "ThreadLimit is 64";
}

TEST_F(ApacheSettings, DebiansFilesAreReadInOrder) {
  write("/etc/apache2/mods-available/mpm_event.load", kEvent);
  write("/etc/apache2/mods-enabled/mpm_event.load", kEvent);
  write("/etc/apache2/mods-enabled/mpm_event.conf",
        "# event\nStartServers 2\n<IfModule mpm_event_module>\n\tThreadsPerChild\t25\n"
        "\tMaxRequestWorkers   150\n</IfModule>\n");
  write("/etc/apache2/mods-enabled/README", "MaxRequestWorkers 1\n");
  const std::string text =
      "PidFile ${APACHE_PID_FILE}\nIncludeOptional mods-enabled/*.load\n"
      "IncludeOptional mods-enabled/*.conf\nIncludeOptional sites-enabled/*.conf\n";
  EXPECT_EQ(pool(text), 150u);
  write("/etc/apache2/sites-enabled/site.conf",
        "<VirtualHost *:80>\nMaxRequestWorkers 2\n</VirtualHost>\nMaxRequestWorkers 50\n");
  EXPECT_EQ(pool(text), 50u) << "the last one counts, and none inside of a site";
}

TEST_F(ApacheSettings, OfSeveralMpmsTheLoadedOneCounts) {
  const std::string blocks =
      "<IfModule mpm_prefork_module>\n MaxRequestWorkers 5\n</IfModule>\n"
      "<IfModule !prefork.c>\n MaxRequestWorkers 75\n</IfModule>\n"
      "<IfModule event.c>\n MaxRequestWorkers 100\n</IfModule>\n";
  EXPECT_EQ(pool(kPrefork + blocks), 5u);
  EXPECT_EQ(pool(kWorker + blocks), 75u);
  EXPECT_EQ(pool(kEvent + blocks), 100u);
}

TEST_F(ApacheSettings, ModulesThatMayBeBuiltInLeaveTheirBlocksOpen) {
  const std::string block = "<IfModule mod_ssl.c>\nListen 443\n</IfModule>\n";
  EXPECT_EQ(pool(kPrefork + block), 256u) << "nothing of the pool hangs on it";
  const std::string pools = "<IfModule mod_ssl.c>\nMaxRequestWorkers 9\n</IfModule>\n";
  EXPECT_EQ(pool(kPrefork + pools), std::nullopt);
  EXPECT_EQ(pool(kPrefork + ("LoadModule ssl_module modules/mod_ssl.so\n" + pools)), 9u);
  EXPECT_EQ(pool(std::string(kPrefork) + "<IfVersion >= 2.4>\nMaxClients 3\n</IfVersion>\n"),
            std::nullopt);
}

TEST_F(ApacheSettings, DefinesComeFromTheCommandLineAndFromTheFiles) {
  const std::string text = std::string(kPrefork) +
                           "<IfDefine SMALL>\nMaxRequestWorkers 4\n</IfDefine>\n"
                           "Define where conf.d\nInclude ${where}/*.conf\n";
  EXPECT_EQ(pool(text), 256u);
  EXPECT_EQ(read("/usr/sbin/apache2 -D SMALL -k start").most_workers, 4u);
  write("/etc/apache2/conf.d/z.conf", "MaxRequestWorkers \\\n  7\n");
  EXPECT_EQ(read(kDebian).most_workers, 7u);
}

TEST_F(ApacheSettings, WhatIsNotReadLeavesThePoolUnknown) {
  ASSERT_EQ(pool(kPrefork), 256u);
  for (const char* line :
       {"Include missing.conf", "Include */x.conf", "Include ${NOBODY_KNOWS}/x.conf",
        "MaxRequestWorkers ${MANY}", "Include apache2.conf"})
    EXPECT_EQ(pool(std::string(kPrefork) + line + "\n"), std::nullopt) << line;
  EXPECT_EQ(pool(std::string(kPrefork) + "IncludeOptional missing.conf\n"), 256u);
  ASSERT_EQ(mkfifo((proc_.root() / "proc/10/root/etc/apache2/fifo").c_str(), 0600), 0);
  EXPECT_EQ(pool(std::string(kPrefork) + "IncludeOptional fifo\n"), std::nullopt);
}

TEST_F(ApacheSettings, TheFileIsFoundAsApacheFindsIt) {
  const auto text = [](int workers) {
    return kPrefork + ("MaxRequestWorkers " + std::to_string(workers) + "\n");
  };
  write("/etc/httpd/conf/httpd.conf", "ServerRoot \"/srv/root\"\nInclude more.conf\n");
  write("/srv/root/more.conf", text(1));
  EXPECT_EQ(read("/usr/sbin/httpd -DFOREGROUND").most_workers, 1u);
  write("/usr/local/apache2/conf/httpd.conf", text(2));
  EXPECT_EQ(read("/usr/local/apache2/bin/httpd").most_workers, 2u);
  write("/srv/a/apache2.conf", text(3));
  EXPECT_EQ(read("apache2 -d /srv/a -k start").most_workers, 3u);
  write("/srv/a/my.conf", text(4));
  EXPECT_EQ(read("apache2 -d/srv/a -f my.conf -k start").most_workers, 4u);
  EXPECT_EQ(read("/opt/my/httpd -f /srv/a/my.conf").most_workers, 4u);
  EXPECT_EQ(read("/opt/my/httpd").most_workers, std::nullopt);
  EXPECT_EQ(read("apache2 -d srv/a -k start").most_workers, std::nullopt);
  EXPECT_EQ(read("apache2 -d /srv/a -C MaxClients 5").most_workers, std::nullopt);
}

TEST_F(ApacheSettings, OfTwoDistributionsTheOneWhoseFileIsThereCounts) {
  write("/etc/apache2/httpd.conf", std::string(kPrefork) + "MaxRequestWorkers 6\n");
  EXPECT_EQ(read("/usr/sbin/httpd -D FOREGROUND").most_workers, 6u) << "Alpine's";
}

}  // namespace
}  // namespace tierwatch
