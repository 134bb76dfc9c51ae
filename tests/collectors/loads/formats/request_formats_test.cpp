// SPDX-License-Identifier: MIT
//
// Formats whose rows are requests, built from their tables: each holds the same three requests, of
// which one failed, of 100, 200 and 300 ms, within a second and a half.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "tests/support/gzip.h"
#include "tests/support/load_files.h"

namespace tierwatch {
namespace {

using std::chrono::milliseconds;
using testing::HasSubstr;

constexpr long long kStart = 1'700'000'000'000;  // ms

struct Format {
  const char* name;
  const char* tool;
  std::string text;
  bool absolute = true;
};

void PrintTo(const Format& format, std::ostream* out) { *out << format.name; }

std::string k6_json(const char* time, int ms, const char* tags) {
  return std::string("{\"metric\":\"http_req_duration\",\"type\":\"Point\",\"data\":{\"time\":\"") +
         time + "\",\"value\":" + std::to_string(ms) + ",\"tags\":{" + tags + "}}}\n";
}

std::string int32(std::int32_t value) {
  std::string bytes;
  for (int shift = 24; shift >= 0; shift -= 8) bytes += static_cast<char>(value >> shift & 0xff);
  return bytes;
}
std::string gatling_string(const std::string& text) {
  return int32(static_cast<std::int32_t>(text.size())) + text +
         (text.empty() ? std::string() : std::string(1, '\0'));
}
std::string gatling_request(const std::string& name, int begin, int end, bool ok) {
  return std::string("\1", 1) + int32(1) + int32(7) + gatling_string("group") + name +
         int32(begin) + int32(end) + std::string(1, ok ? '\1' : '\0') + int32(9) +
         gatling_string("");
}
std::string gatling_binary() {
  const std::string one(1, '\1'), zero(1, '\0');
  return zero + gatling_string("3.13.1") + gatling_string("shop.Simulation") + int32(kStart >> 32) +
         int32(static_cast<std::int32_t>(kStart & 0xffffffff)) + gatling_string("") + int32(1) +
         gatling_string("scenario") + int32(1) + int32(3) + "abc" +  // an assertion
         "\2" + int32(0) + one + int32(0) +
         gatling_request(int32(1) + gatling_string("home"), 0, 100, true) +
         gatling_request(int32(-1), 500, 700, false) + "\3" + int32(0) + int32(0) + int32(700) +
         int32(300) + one +  // a group
         "\4" + int32(5) + gatling_string("crash") + int32(800) +
         gatling_request(int32(-1), 1200, 1500, true) + "\2" + int32(0) + zero + int32(1500);
}

std::vector<Format> formats_of_gatling() {
  return {
      {"GatlingText20", "gatling",
       "shop.Simulation\tshop\tRUN\t1700000000000\t \t2.0\n"
       "s\t1\tUSER\tSTART\t1700000000000\t0\n"
       "s\t1\tREQUEST\t\thome\t1700000000000\t1700000000010\t1700000000090\t1700000000100\tOK\t \n"
       "s\t1\tREQUEST\t\thome\t1700000000500\t1700000000510\t1700000000690\t1700000000700\tKO\tx\n"
       "s\t1\tREQUEST\t\thome\t1700000001200\t1700000001210\t1700000001490\t1700000001500\tOK\t \n"
       "s\t1\tUSER\tEND\t1700000000000\t1700000001500\n"},
      {"GatlingText23", "gatling",
       "RUN\tshop.Simulation\t\tshop\t1700000000000\t \t2.0\n"
       "USER\ts\t1\tSTART\t1700000000000\t1700000000000\n"
       "REQUEST\ts\t1\t\thome\t1700000000000\t1700000000100\tOK\t \n"
       "REQUEST\ts\t1\t\thome\t1700000000500\t1700000000700\tKO\tstatus 500\n"
       "GROUP\ts\t1\tg\t1700000000000\t1700000000700\t300\tKO\n"
       "REQUEST\ts\t1\t\thome\t1700000001200\t1700000001500\tOK\t \n"
       "USER\ts\t1\tEND\t1700000000000\t1700000001500\n"},
      {"GatlingText30", "gatling",
       "RUN\tshop.Simulation\tshop\t1700000000000\t \t3.0\n"
       "USER\ts\t1\tSTART\t1700000000000\t1700000000000\n"
       "REQUEST\t1\t\tOK\t1700000000000\t1700000000100\tOK\t \n"
       "REQUEST\t1\t\tOK\t1700000000500\t1700000000700\tKO\tx\n"
       "REQUEST\t1\ta,b\tOK\t1700000001200\t1700000001500\tOK\t \n"
       "USER\ts\t1\tEND\t1700000000000\t1700000001500\n"},
      {"GatlingText34", "gatling",
       "RUN\tshop.Simulation\tshop\t1700000000000\t \t3.9.5\n"
       "USER\ts\tSTART\t1700000000000\n"
       "REQUEST\t\thome\t1700000000000\t1700000000100\tOK\t \n"
       "REQUEST\t\thome\t1700000000500\t1700000000700\tKO\tx\n"
       "ERROR\tcrash\t1700000000800\n"
       "REQUEST\t\thome\t1700000001200\t1700000001500\tOK\t \n"
       "USER\ts\tEND\t1700000001500\n"},
      {"GatlingBinary", "gatling", gatling_binary()},
  };
}

std::vector<Format> formats_of_k6() {
  const std::string k6_columns =
      "metric_name,timestamp,metric_value,check,error,error_code,expected_response,group,method,"
      "name,proto,scenario,service,status,subproto,tls_version,url,extra_tags,metadata\n";
  const auto k6_row = [](const std::string& metric, long long at, int value, bool expected) {
    return metric + "," + std::to_string(at) + "," + std::to_string(value) + ".000000,,,," +
           (expected ? "true" : "false") + ",,GET,\"http://h/a,b\",HTTP/1.1,default,," +
           (expected ? "200" : "500") + ",,,http://h/,,\n";
  };
  return {
      {"K6CsvMilliseconds", "k6",
       k6_columns + k6_row("http_reqs", kStart + 100, 1, true) +
           k6_row("http_req_duration", kStart + 100, 100, true) + k6_row("vus", kStart, 1, true) +
           k6_row("http_req_duration", kStart + 700, 200, false) +
           k6_row("http_req_duration", kStart + 1500, 300, true)},
      {"K6Json", "k6",
       "{\"type\":\"Metric\",\"data\":{\"name\":\"http_reqs\",\"type\":\"counter\"},\"metric\":"
       "\"http_reqs\"}\n" +
           k6_json("2023-11-14T22:13:20.1Z", 100, "\"status\":\"200\"") +
           "{\"metric\":\"vus\",\"type\":\"Point\",\"data\":{\"time\":\"2023-11-14T22:13:20.1Z\","
           "\"value\":1,\"tags\":null}}\n" +
           k6_json("2023-11-14T23:13:20.700000000+01:00", 200, "\"status\":\"0\"") +
           k6_json("2023-11-14T22:13:21.5Z", 300,
                   "\"status\":\"404\",\"expected_response\":\"true\"")},
  };
}

std::vector<Format> other_formats() {
  return {
      {"VegetaCsv9", "vegeta",
       "1700000000000000000,200,100000000,0,10,,aGk=,a,0\n"
       "1700000000500000000,0,200000000,0,10,\"Get \"\"http://h/\"\": EOF\",,a,1\n"
       "1700000001200000000,302,300000000,0,10,,,a,2\n"},
      {"VegetaCsv12", "vegeta",
       "1700000000000000000,200,100000000,0,10,,aGk=,a,0,GET,http://h/,QQ==\n"
       "1700000000500000000,500,200000000,0,10,,,a,1,GET,http://h/,QQ==\n"
       "1700000001200000000,200,300000000,0,10,,,a,2,GET,http://h/,QQ==\n"},
      {"VegetaJson", "vegeta",
       "{\"attack\":\"\",\"seq\":0,\"code\":200,\"timestamp\":\"2023-11-14T22:13:20Z\",\"latency\":"
       "100000000,\"bytes_out\":0,\"bytes_in\":10,\"error\":\"\",\"body\":null}\n"
       "{\"attack\":\"\",\"seq\":1,\"code\":0,\"timestamp\":\"2023-11-14T22:13:20.5Z\",\"latency\":"
       "200000000,\"bytes_out\":0,\"bytes_in\":0,\"error\":\"EOF\",\"body\":null}\n"
       "{\"attack\":\"\",\"seq\":2,\"code\":200,\"timestamp\":\"2023-11-14T22:13:21.2Z\","
       "\"latency\":"
       "300000000,\"bytes_out\":0,\"bytes_in\":10,\"error\":\"\",\"body\":null}\n"},
      {"OhaCsv", "oha",
       "request-start,DNS,DNS+dialup,Response-delay,request-duration,bytes,status\n"
       "0,0.001,0.002,0.09,0.1,10,200\n0.5,0,0,0.19,0.2,10,503\n1.2,0,0,0.29,0.3,10,200\n",
       false},
      {"HeyCsv", "hey",
       "response-time,DNS+dialup,DNS,Request-write,Response-delay,Response-read,status-code,"
       "offset\n"
       "0.1000,0.0001,0.0000,0.0000,0.0081,0.0001,200,0.0000\n"
       "0.2000,0.0002,0.0000,0.0001,0.0083,0.0000,404,0.5000\n"
       "0.3000,0.0002,0.0000,0.0001,0.0083,0.0000,200,1.2000\n",
       false},
      {"Phout", "phout",
       "1700000000.000\ta#1\t100000\t10\t10\t99000\t980\t99000\t80\t10\t0\t200\n"
       "1700000000.500\t#2\t200000\t10\t10\t99000\t980\t99000\t80\t10\t110\t0\n"
       "1700000001.200\t\t300000\t10\t10\t99000\t980\t99000\t80\t10\t0\t200\n"},
      {"JmeterXml", "jmeter",
       "<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n<testResults version=\"1.2\">\n"
       "<httpSample t=\"100\" ts=\"1700000000000\" s=\"true\" lb=\"&lt;a&gt;\" tn=\"t 1-1\" "
       "na=\"1\">"
       "<assertionResult><name>a</name></assertionResult>\n"
       "<httpSample t=\"50\" ts=\"1700000000000\" s=\"true\" lb=\"hop\" na=\"1\"/></httpSample>\n"
       "<httpSample t=\"200\" ts=\"1700000000500\" s=\"false\" lb=\"a\" tn=\"t 1-1\" na=\"1\"/>\n"
       "<sample t=\"300\" ts=\"1700000001200\" s=\"true\" lb=\"a\" tn=\"t 1-1\" na=\"1\"/>\n"
       "</testResults>\n"},
  };
}

std::vector<Format> formats() {
  std::vector<Format> all = formats_of_gatling();
  for (auto* more : {&formats_of_k6, &other_formats})
    for (Format& one : (*more)()) all.push_back(std::move(one));
  return all;
}

class RequestFormats : public testing::TestWithParam<Format> {};

TEST_P(RequestFormats, GivesTheSameThreeRequests) {
  ImportOptions options;
  if (!GetParam().absolute)
    options.start = std::chrono::system_clock::time_point(milliseconds(kStart));
  const LoadSeries series = import_text(GetParam().text, options);
  EXPECT_EQ(series.tool, GetParam().tool);
  ASSERT_TRUE(series.start);
  EXPECT_EQ(series.start->time_since_epoch(), milliseconds(kStart));
  EXPECT_EQ(series.totals.requests, 3);
  EXPECT_EQ(series.totals.errors, 1);
  EXPECT_NEAR(series.totals.seconds, 1.5, 1e-9);
  EXPECT_NEAR(series.totals.mean_seconds.value(), 0.2, 1e-9);
  EXPECT_NEAR(series.totals.max_seconds.value(), 0.3, 1e-9);
  EXPECT_NEAR(series.totals.p50_seconds.value(), 0.2, 0.002);
  ASSERT_EQ(series.points.size(), 2u);
  EXPECT_EQ(series.points[0].requests, 2);
  EXPECT_EQ(series.points[0].errors, 1);
  EXPECT_EQ(series.points[0].length, std::chrono::seconds(1));
  EXPECT_EQ(series.points[1].requests, 1);
  EXPECT_GT(series.points[0].users.value(), 0);
}

TEST_P(RequestFormats, IsReadFromGzipToo) {
  const std::string packed = gzipped(GetParam().text);
  ImportOptions options;
  options.format = GetParam().tool;
  EXPECT_EQ(import_text(packed, options).totals.requests, 3);
}

/// Wherever a disk was full or a writer busy.
TEST_P(RequestFormats, CutAnywhereIsReadUpToThereOrRefused) {
  const std::string& text = GetParam().text;
  double before = 0;
  for (std::size_t size = 1; size < text.size(); size += 7) {
    try {
      const LoadSeries series = import_text(std::string_view(text).substr(0, size));
      EXPECT_GE(series.totals.requests, before) << size;
      EXPECT_LE(series.totals.requests, 3) << size;
      before = series.totals.requests;
    } catch (const ImportError& error) {
      EXPECT_EQ(before, 0) << size << ": " << error.what();
    }
  }
  EXPECT_GE(before, 2);
}

INSTANTIATE_TEST_SUITE_P(Tables, RequestFormats, testing::ValuesIn(formats()),
                         [](const auto& one) { return std::string(one.param.name); });

TEST(ImportK6, WholeSecondsAreEstimatedAtTheEdges) {
  std::string text = "metric_name,timestamp,metric_value,status\n";
  for (int second = 0; second < 5; ++second) {
    for (int i = 0; i < (second == 0 ? 25 : 100); ++i)
      text += "http_req_duration," + std::to_string(1'700'000'000 + second) + ",1.5,200\n";
  }
  const LoadSeries series = import_text(text);
  EXPECT_NEAR(series.totals.seconds, 4.25, 0.01);
  EXPECT_NEAR(series.totals.requests_per_second(), 100, 0.5);
}

TEST(ImportK6, DroppedIterationsAreSaid) {
  const LoadSeries series = import_text(
      "metric_name,timestamp,metric_value\nhttp_req_duration,1700000000123,1.5\n"
      "dropped_iterations,1700000000124,7\n");
  EXPECT_TRUE(warns_of(series, "7 iterations were dropped"));
  EXPECT_FALSE(series.totals.dropped) << "how many requests these would have been is not known";
}

TEST(ImportK6, ADroppedIterationWouldHaveSentAsManyRequestsAsTheOthers) {
  const LoadSeries series = import_text(
      "metric_name,timestamp,metric_value\nhttp_req_duration,1700000000123,1.5\n"
      "http_req_duration,1700000000223,1.5\nhttp_req_duration,1700000000323,1.5\n"
      "iterations,1700000000323,1\ndropped_iterations,1700000000224,7\n"
      "http_req_duration,1700000001123,1.5\n");
  EXPECT_EQ(series.totals.dropped, 28);
}

TEST(ImportGatling, UsersComeAndGo) {
  const LoadSeries series = import_text(
      "RUN\tshop.Simulation\tshop\t1700000000000\t \t3.9.5\n"
      "USER\ts\tSTART\t1700000000000\nUSER\ts\tSTART\t1700000001500\n"
      "REQUEST\t\thome\t1700000000000\t1700000002900\tOK\t \n"
      "USER\ts\tEND\t1700000002900\nUSER\ts\tEND\t1700000002900\n");
  ASSERT_EQ(series.points.size(), 3u);
  EXPECT_DOUBLE_EQ(series.points[0].users.value(), 1);
  EXPECT_DOUBLE_EQ(series.points[1].users.value(), 1.5);
}

// JMeter printed for this run, its 218 transactions included:
//   summary = 878 in 8.1s = 108.6/s Avg: 1 Min: 0 Max: 26 Err: 0 (0.00%)
TEST(ImportJmeterXml, OfARealRunRequestsAreCountedOnce) {
  const LoadSeries series = import_load(load_fixture("jmeter-2.13.xml.gz"));
  EXPECT_EQ(series.tool, "jmeter");
  EXPECT_EQ(series.totals.requests + 218, 878);
  EXPECT_EQ(series.totals.errors, 0);
  EXPECT_NEAR(series.totals.seconds, 8.1, 0.2);
  EXPECT_TRUE(warns_of(series, "sub-results"));
}

TEST(RequestFormatsThatAreWrong, AreRefusedWithTheirLine) {
  const std::pair<const char*, const char*> cases[] = {
      {"1700000000000000000,200,-1,0,10,,aGk=,a,0\n", "file:1: begins with"},
      {"1700000000.000\ta\t-5\t10\t10\t9\t98\t9\t80\t10\t0\t200\n", "file:1: time is"},
      {"request-start,DNS\n0,1\n", "file:1: no column"},
      {"metric_name,timestamp,metric_value\nhttp_req_duration,x,1\n", "file:2: the time or value"},
      {"RUN\ta\tb\t1700000000000\t \t3.9\nREQUEST\t\thome\t17\tx\tOK\t \n", "file:2: a REQUEST"},
      {"<?xml version=\"1.0\"?>\n<testResults>\n<sample t=\"-1\" ts=\"1\"/>\n</testResults>\n",
       "file:3: a sample without"},
      {"<?xml version=\"1.0\"?>\n<testResults>\n</sample></testResults>\n", "file:3: not XML"},
      {"{\"metric\":\"vus\",\"type\":\"Point\",\"data\":{\"time\":\"x\",\"value\":1}}\n",
       "file:1:"},
  };
  for (const auto& [text, said] : cases) EXPECT_THAT(refusal_of(text), HasSubstr(said)) << text;
}

}  // namespace
}  // namespace tierwatch
