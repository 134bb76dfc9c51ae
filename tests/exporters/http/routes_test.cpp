// SPDX-License-Identifier: MIT
#include "exporters/http/routes.h"

#include <gmock/gmock.h>

#include "exporters/http/page_policy.h"
#include "exporters/json/snapshot_json.h"
#include "tests/exporters/http_client.h"
#include "tests/support/sample_snapshots.h"

namespace tierwatch {
namespace {

using std::chrono::seconds;
using ::testing::AllOf;
using ::testing::HasSubstr;
using ::testing::Not;
using ::testing::StartsWith;

class Routes : public ::testing::Test {
 protected:
  HttpResponse get(const std::string& path, bool local = true) const {
    return routes_.at(path)({.method = "GET", .path = path, .local = local});
  }
  void set(Snapshot snapshot) {
    latest_.set(std::make_shared<const Snapshot>(std::move(snapshot)));
  }

  LatestSnapshot latest_;
  ServiceState state_;
  RecentHistory recent_;
  nanoseconds now_ = std::chrono::milliseconds(5'000'500);  // rich_snapshot() is of second 5000
  std::map<std::string, HttpHandler> routes_ =
      make_routes(latest_, state_, recent_, [this] { return now_; });
};

TEST_F(Routes, HealthyBeforeTheFirstSnapshotReadyAfter) {
  EXPECT_EQ(get("/-/healthy").status, 200);
  EXPECT_EQ(get("/-/ready").status, 503);
  set(rich_snapshot());
  EXPECT_EQ(get("/-/ready").status, 200);
}

TEST_F(Routes, ASampleOlderThanThreeIntervalsIsNotHealthy) {
  state_.expect_samples(seconds(2), seconds(4000));
  set(rich_snapshot());
  for (const char* path : {"/-/healthy", "/-/ready"}) {
    now_ = seconds(5006);
    EXPECT_EQ(get(path).status, 200) << path;
    now_ = seconds(5006) + std::chrono::milliseconds(1);
    EXPECT_EQ(get(path).status, 503) << path;
    now_ = seconds(5020);
    EXPECT_THAT(get(path).body, HasSubstr("The newest sample is 20.0 s old")) << path;
    EXPECT_THAT(get(path).body, HasSubstr("6.0 s at an interval of 2.0 s")) << path;
  }
}

TEST_F(Routes, OfShortIntervalsOneThatIsLateForAMomentIsHealthy) {
  state_.expect_samples(std::chrono::milliseconds(50), seconds(4000));
  set(rich_snapshot());
  now_ = seconds(5002);
  EXPECT_EQ(get("/-/healthy").status, 200);
  now_ = seconds(5003);
  EXPECT_EQ(get("/-/healthy").status, 503);
}

TEST_F(Routes, HowManyIntervalsMakeASampleLateIsAsConfigured) {
  state_.expect_samples(seconds(2), seconds(4000), 10);
  set(rich_snapshot());
  now_ = seconds(5019);
  EXPECT_EQ(get("/-/ready").status, 200);
  now_ = seconds(5021);
  EXPECT_EQ(get("/-/ready").status, 503);
  EXPECT_THAT(get("/-/healthy").body, HasSubstr("20.0 s at an interval of 2.0 s"));
}

TEST_F(Routes, AFirstSampleThatNeverComesIsNotHealthy) {
  state_.expect_samples(seconds(1), seconds(5000));
  EXPECT_EQ(get("/-/healthy").status, 200);
  EXPECT_EQ(get("/-/ready").status, 503);
  now_ = seconds(5004);
  EXPECT_EQ(get("/-/healthy").status, 503);
  EXPECT_THAT(get("/-/ready").body, HasSubstr("No sample has been taken for 4.0 s"));
}

TEST_F(Routes, AfterAReloadAnOldSampleMayBeFollowedByADueOne) {
  state_.expect_samples(seconds(60), seconds(4000));
  set(rich_snapshot());
  now_ = seconds(5050);
  state_.expect_samples(seconds(1), now_);
  EXPECT_EQ(get("/-/healthy").status, 200);
  now_ = seconds(5054);
  EXPECT_EQ(get("/-/healthy").status, 503);
}

TEST_F(Routes, MetricsTellFaultsOfHelpersAndTheLastReload) {
  EXPECT_THAT(get("/metrics").body, Not(HasSubstr("tierwatch_config_last_reload")));
  state_.config_loaded(std::chrono::system_clock::time_point(seconds(1700000000)));
  state_.count(Helper::kRecorder);
  std::string text = get("/metrics").body;
  EXPECT_THAT(text, HasSubstr("tierwatch_config_last_reload_successful 1\n"));
  EXPECT_THAT(text, HasSubstr("tierwatch_helper_faults_total{helper=\"recorder\"} 1\n"));
  EXPECT_THAT(text, HasSubstr("tierwatch_helper_faults_total{helper=\"http\"} 0\n"));
  state_.config_refused();
  text = get("/metrics").body;
  EXPECT_THAT(text, HasSubstr("tierwatch_config_last_reload_successful 0\n"));
  EXPECT_THAT(text, HasSubstr("reload_success_timestamp_seconds 1700000000\n"));
}

TEST(ServiceState, FaultsAreAllCountedAndSaidOnceAMinute) {
  std::vector<std::string> said;
  ServiceState state([&](const std::string& line) { said.push_back(line); });
  for (int i = 0; i < 100; ++i) state.fault(Helper::kHttp, "no memory", seconds(100 + i));
  state.fault(Helper::kSampler, "no memory", seconds(101));
  EXPECT_EQ(state.faults(), (std::array<std::uint64_t, kHelpers>{1, 0, 100}));
  EXPECT_THAT(said, ::testing::SizeIs(3));
  EXPECT_THAT(said.front(), HasSubstr("fault in the http: no memory"));
}

TEST_F(Routes, MetricsAreThereBeforeTheFirstSnapshot) {
  EXPECT_EQ(get("/metrics").status, 200);
  EXPECT_THAT(get("/metrics").body, HasSubstr("tierwatch_build_info"));
}

TEST_F(Routes, MetricsShowTheLatestSnapshotAndItsAge) {
  set(rich_snapshot());
  const HttpResponse response = get("/metrics");
  EXPECT_EQ(response.content_type, "text/plain; version=0.0.4; charset=utf-8");
  EXPECT_THAT(response.body,
              HasSubstr("tierwatch_tier_processes{tier=\"nginx\",role=\"worker\"} 2\n"));
  EXPECT_THAT(response.body, HasSubstr("tierwatch_snapshot_timestamp_seconds 1700000000\n"));
}

TEST_F(Routes, OpenMetricsIsForWhoLikesItBetter) {
  set(rich_snapshot());
  const auto type = [this](const std::string& accept) {
    return routes_.at("/metrics")({.method = "GET", .path = "/metrics", .accept = accept})
        .content_type;
  };
  const std::string open = "application/openmetrics-text; version=1.0.0; charset=utf-8";
  for (const char* accept :
       {"application/openmetrics-text", "application/openmetrics-text;version=1.0.0",
        "application/openmetrics-text; version=\"1.0.0\"; q=0.5, text/plain;q=0.4",
        "application/openmetrics-text;version=1.0.0,application/openmetrics-text;version=0.0.1;q="
        "0.75,text/plain;version=0.0.4;q=0.5,*/*;q=0.1",
        "application/openmetrics-text;version=1.0.0;escaping=allow-utf-8;q=0.6,"
        "text/plain;version=0.0.4;q=0.3,*/*;q=0.2"})
    EXPECT_EQ(type(accept), open) << accept;
  for (const char* accept :
       {"", "*/*", "text/html,application/xhtml+xml,*/*;q=0.8", "text/plain",
        "application/openmetrics-text;q=0.3,text/plain;q=0.9",
        "application/openmetrics-text;q=0,*/*", "application/openmetrics-text;q=0",
        "application/openmetrics-text;version=2.0.0, text/plain;q=0.1",
        "application/openmetrics-text;version=0.0.1"})
    EXPECT_THAT(type(accept), StartsWith("text/plain")) << accept;
}

TEST_F(Routes, MetricsTellTheRequestsAndWhoWasRefused) {
  const WebEvents events = state_.web_events();
  events.answered("/metrics", 200);
  events.answered("/metrics", 200);
  events.answered("other", 404);
  events.refused(AuthFailure::kWrongPassword);
  EXPECT_THAT(get("/metrics").body, Not(HasSubstr("_failures_total"))) << "nothing is wanted";
  state_.serve_certificate({}, true);
  const std::string text = get("/metrics").body;
  const std::string requests = "tierwatch_http_requests_total";
  EXPECT_THAT(text, HasSubstr(requests + "{code=\"200\",handler=\"/metrics\"} 2\n"));
  EXPECT_THAT(text, HasSubstr(requests + "{code=\"404\",handler=\"other\"} 1\n"));
  EXPECT_THAT(text, HasSubstr("_failures_total{reason=\"wrong_password\"} 1\n"));
  EXPECT_THAT(text, HasSubstr("_failures_total{reason=\"certificate\"} 0\n"));
}

TEST_F(Routes, MetricsTellWhatTheHistoryHoldsAndWhenTheCertificateEnds) {
  EXPECT_THAT(get("/metrics").body, Not(HasSubstr("tierwatch_history_")));
  EXPECT_THAT(get("/metrics").body, Not(HasSubstr("tierwatch_http_certificate")));
  const std::chrono::system_clock::time_point at(seconds(1700000000));
  state_.keep_history(HistoryStanding{.bytes = 8192, .oldest = at});
  state_.serve_certificate(at + seconds(5));
  const std::string text = get("/metrics").body;
  EXPECT_THAT(text, HasSubstr("tierwatch_history_size_bytes 8192\n"));
  EXPECT_THAT(text, HasSubstr("oldest_sample_timestamp_seconds 1700000000\n"));
  EXPECT_THAT(text, HasSubstr("certificate_expiry_timestamp_seconds 1700000005\n"));
}

TEST_F(Routes, MetricsTellWhatTellsOfProcesses) {
  EXPECT_THAT(get("/metrics").body, Not(HasSubstr("tierwatch_process_source_info")));
  state_.read_processes_by({.source = "proc", .reason = "failed"});
  EXPECT_THAT(get("/metrics").body,
              HasSubstr("tierwatch_process_source_info{source=\"proc\",reason=\"failed\"} 1\n"));
}

TEST_F(Routes, SnapshotIsNotAvailableBeforeTheFirst) {
  EXPECT_EQ(get("/api/v1/snapshot").status, 503);
  EXPECT_THAT(get("/api/v1/snapshot").body, HasSubstr("error"));
}

TEST_F(Routes, ATableOfProcessesIsForLocalClientsToo) {
  set(rich_snapshot());
  const auto ask = [this](bool local) {
    return routes_.at("/api/v1/snapshot")({.method = "GET",
                                           .path = "/api/v1/snapshot",
                                           .query = {{"processes", "table"}, {"in_full", "0"}},
                                           .local = local});
  };
  EXPECT_THAT(ask(true).body, HasSubstr("\"process_table\""));
  EXPECT_THAT(ask(true).body, Not(HasSubstr("\"processes\":[")));
  EXPECT_THAT(ask(false).body, Not(HasSubstr("process_table")));
}

TEST_F(Routes, AQueryThatCannotBeUnderstoodIsRefused) {
  set(rich_snapshot());
  const auto status = [this](const char* path, const char* name, const char* value) {
    return routes_.at(path)({.path = path, .query = {{name, value}}}).status;
  };
  for (const auto& [name, value] :
       std::initializer_list<std::pair<const char*, const char*>>{{"processes", "bogus"},
                                                                  {"in_full", "abc"},
                                                                  {"in_full", "7x"},
                                                                  {"after", "abc"},
                                                                  {"after", "-1"},
                                                                  {"ticks", "no"}})
    for (const char* path : {"/api/v1/snapshot", "/api/v1/recent"})
      EXPECT_EQ(status(path, name, value), 400) << name << "=" << value;
  EXPECT_EQ(status("/api/v1/snapshot", "processes", "none"), 200);
  EXPECT_EQ(status("/api/v1/recent", "after", "0"), 200);
  EXPECT_EQ(status("/api/v1/recent", "a-name-of-later-versions", "x"), 200);
}

TEST_F(Routes, RecentVerdictsComeWithoutSamplesForWhoWantsNone) {
  recent_.add(rich_snapshot());
  const auto body = [this](const char* ticks) {
    return routes_.at("/api/v1/recent")({.query = {{"ticks", ticks}}}).body;
  };
  EXPECT_THAT(body("none"), AllOf(HasSubstr("\"ticks\":[]"), HasSubstr("\"state\":")));
  EXPECT_THAT(body("all"), HasSubstr("\"sequence\":"));
}

TEST_F(Routes, ProcessesAreShownToLocalClientsOnly) {
  set(rich_snapshot());
  EXPECT_EQ(snapshot_from_json(get("/api/v1/snapshot", true).body), rich_snapshot());
  const std::string remote = get("/api/v1/snapshot", false).body;
  EXPECT_THAT(remote, Not(HasSubstr("worker process")));
  EXPECT_EQ(snapshot_from_json(remote).tiers, rich_snapshot().tiers);
}

TEST_F(Routes, LandingPageLinksEveryOtherRoute) {
  for (const auto& [path, handler] : routes_) {
    if (path != "/") {
      EXPECT_THAT(get("/").body, HasSubstr("href=\"" + path + "\""));
    }
  }
}

TEST_F(Routes, ThePageIsTheSameForEverybodyAndLoadsNothing) {
  const std::string before = get("/").body;
  Snapshot snapshot = small_snapshot();
  snapshot.tiers[0].name = "<script>alert('x')</script>";
  snapshot.hostname = "\"&<b>";
  set(snapshot);
  const std::string page = get("/").body;
  EXPECT_EQ(page, before);
  EXPECT_THAT(page, Not(HasSubstr("https://")));
  EXPECT_THAT(page, Not(HasSubstr(" src=")));
  EXPECT_THAT(page, Not(HasSubstr("@import")));
}

/// Whatever becomes of the page's texts, no name may ever be markup in it.
TEST_F(Routes, ThePageWritesNoMarkup) {
  const std::string page = get("/").body;
  for (const char* sink : {"innerHTML", "outerHTML", "insertAdjacentHTML", "document.write",
                           "DOMParser", "eval(", "new Function", "setTimeout('"})
    EXPECT_THAT(page, Not(HasSubstr(sink))) << sink;
}

TEST_F(Routes, ThePolicyNamesThePagesOwnTextsOnly) {
  const std::string policy = get("/").content_security_policy;
  EXPECT_THAT(policy, StartsWith("default-src 'none'; script-src 'sha256-"));
  EXPECT_THAT(policy, HasSubstr("connect-src 'self'"));
  EXPECT_THAT(policy, Not(HasSubstr("unsafe")));
  // echo -n 'a' | openssl dgst -sha256 -binary | base64
  EXPECT_THAT(page_policy("", "a"),
              HasSubstr("script-src 'sha256-ypeBEsobvcr6wjGzmiPcTaeG7/gUfE5yuYB3ha/uSLs='"));
}

TEST_F(Routes, RecentTellsWhatIsNewAndWhyItIsLate) {
  recent_.add(rich_snapshot());
  set(rich_snapshot());
  state_.expect_samples(seconds(2), seconds(4000));
  EXPECT_THAT(get("/api/v1/recent").body, HasSubstr("\"sequence\":42"));
  EXPECT_THAT(get("/api/v1/recent").body, Not(HasSubstr("problem")));
  now_ = seconds(5020);
  const HttpResponse late = routes_.at("/api/v1/recent")({.query = {{"after", "42"}}});
  EXPECT_THAT(late.body, HasSubstr("\"problem\":\"The newest sample is 20.0 s old"));
  EXPECT_THAT(late.body, Not(HasSubstr("\"sequence\":42")));
}

TEST_F(Routes, WhoWantsNoProcessesGetsNone) {
  set(rich_snapshot());
  const auto ask = [this](const char* processes) {
    return routes_.at("/api/v1/snapshot")({.query = {{"processes", processes}}, .local = true})
        .body;
  };
  for (int again = 0; again < 2; ++again) {  // written once, and no kind for another
    EXPECT_THAT(ask("none"), Not(HasSubstr("\"processes\":[")));
    EXPECT_THAT(ask("all"), HasSubstr("\"processes\":["));
    EXPECT_THAT(ask("table"), HasSubstr("process_table"));
  }
  EXPECT_EQ(get("/api/v1/snapshot", false).body, ask("none"));
}

TEST_F(Routes, ADocumentIsOfTheNewestSample) {
  set(rich_snapshot());
  EXPECT_THAT(get("/api/v1/snapshot").body, HasSubstr("\"sequence\":42"));
  Snapshot next = rich_snapshot();
  next.sequence = 43;
  set(next);
  EXPECT_THAT(get("/api/v1/snapshot").body, HasSubstr("\"sequence\":43"));
}

TEST_F(Routes, AreServedOverHttp) {
  set(rich_snapshot());
  const HttpServer server({.listen_addresses = {"127.0.0.1:0"}}, routes_);
  const std::string answer = http_request(server.bound_addresses()[0], "GET /api/v1/snapshot");
  EXPECT_THAT(answer, StartsWith("HTTP/1.1 200 "));
  EXPECT_EQ(snapshot_from_json(body_of(answer)), rich_snapshot());
}

TEST_F(Routes, ProcessesAreForThoseWhoMaySeeThem) {
  set(rich_snapshot());
  EXPECT_EQ(get("/metrics/processes").status, 200);
  EXPECT_THAT(get("/metrics/processes").body, HasSubstr("tierwatch_process_threads{"));
  EXPECT_EQ(get("/metrics/processes", false).status, 403);
  EXPECT_EQ(routes_.at("/metrics/processes")({.path = "/metrics/processes", .authenticated = true})
                .status,
            200);
}

}  // namespace
}  // namespace tierwatch
