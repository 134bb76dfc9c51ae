// SPDX-License-Identifier: MIT
//
// What each tool calls its requests.
#include <gmock/gmock.h>

#include "tests/support/load_files.h"

namespace tierwatch {
namespace {

using testing::ElementsAre;
using testing::IsEmpty;
using testing::UnorderedElementsAre;

std::vector<std::string> names(const LoadSeries& series) {
  std::vector<std::string> all;
  for (const LoadLabel& label : series.labels) all.push_back(label.name);
  return all;
}

double requests_of_labels(const LoadSeries& series) {
  double sum = series.other_labels ? series.other_labels->requests : 0;
  for (const LoadLabel& label : series.labels) sum += label.requests;
  return sum;
}

TEST(LoadLabels, OfARealJmeterRunAddUpToItsTotals) {
  for (const char* file : {"jmeter-2.13-errors.csv", "jmeter-2.13.csv", "jmeter-2.13.xml.gz"}) {
    const LoadSeries series = import_load(load_fixture(file));
    if (series.labels.empty()) continue;
    EXPECT_EQ(requests_of_labels(series), series.totals.requests) << file;
    double errors = 0;
    for (const LoadLabel& label : series.labels) errors += label.errors;
    EXPECT_EQ(errors, series.totals.errors) << file;
  }
}

TEST(LoadLabels, OfJmeterAreItsLabelsAlsoOfRowsThatMayBeTransactions) {
  const LoadSeries series = import_text(
      "timeStamp,elapsed,label,responseCode,success,threadName,allThreads\n"
      "1700000000000,100,home,200,true,t 1-1,1\n"
      "1700000000500,100,cart,200,false,t 1-1,1\n"
      "1700000001000,300,cart,200,true,t 1-1,1\n");
  ASSERT_THAT(names(series), ElementsAre("cart", "home"));
  EXPECT_EQ(series.labels[0].errors, 1);
  EXPECT_NEAR(series.labels[0].mean_seconds.value(), 0.2, 1e-9);
}

TEST(LoadLabels, OfLocustAreMethodAndName) {
  const LoadSeries series = import_load(load_fixture("locust-2.43_stats_history.csv"));
  EXPECT_FALSE(series.labels.empty());
  EXPECT_EQ(requests_of_labels(series), series.totals.requests);
  for (const LoadLabel& label : series.labels) EXPECT_TRUE(label.p95_seconds) << label.name;
}

TEST(LoadLabels, OfK6AreGroupMethodAndNameWithoutTheQuery) {
  const LoadSeries series = import_text(
      "metric_name,timestamp,metric_value,check,error,error_code,expected_response,group,method,"
      "name,proto,scenario,service,status,subproto,tls_version,url,extra_tags,metadata\n"
      "http_req_duration,1700000000100,100,,,,true,,GET,http://h/a?id=1,,,,200,,,,,\n"
      "http_req_duration,1700000000200,100,,,,true,,GET,http://h/a?id=2,,,,200,,,,,\n"
      "http_req_duration,1700000000300,100,,,,true,::pay,POST,card,,,,200,,,,,\n");
  EXPECT_THAT(names(series), ElementsAre("GET http://h/a", "pay: POST card"));
}

TEST(LoadLabels, OfGatlingAreItsNames) {
  const LoadSeries series = import_text(
      "RUN\tshop.Simulation\tshop\t1700000000000\t \t3.9.5\n"
      "REQUEST\t\thome\t1700000000000\t1700000000100\tOK\t \n"
      "REQUEST\t\tcart\t1700000000500\t1700000000700\tKO\tx\n"
      "REQUEST\t\thome\t1700000001200\t1700000001500\tOK\t \n");
  EXPECT_THAT(names(series), ElementsAre("home", "cart"));
}

TEST(LoadLabels, OfVegetaAreItsTargetsSince128) {
  EXPECT_THAT(names(import_text("1700000000000000000,200,100000000,0,10,,,a,0,GET,http://h/x?y,Q\n"
                                "1700000000500000000,200,200000000,0,10,,,a,1,PUT,http://h/,Q\n")),
              UnorderedElementsAre("GET http://h/x", "PUT http://h/"));
  EXPECT_THAT(names(import_text("1700000000000000000,200,100000000,0,10,,aGk=,a,0\n"
                                "1700000000500000000,0,200000000,0,10,,,a,1\n")),
              IsEmpty());
}

}  // namespace
}  // namespace tierwatch
