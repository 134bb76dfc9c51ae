// SPDX-License-Identifier: MIT
#include <gmock/gmock.h>

#include <cstdlib>
#include <ctime>
#include <nlohmann/json.hpp>

#include "exporters/report/formats/report_html.h"
#include "exporters/report/formats/report_json.h"
#include "exporters/report/formats/report_junit.h"
#include "exporters/report/formats/report_markdown.h"
#include "exporters/report/formats/report_text.h"
#include "tests/exporters/golden.h"
#include "tests/support/sample_report.h"

namespace tierwatch {
namespace {

using testing::HasSubstr;
using testing::Not;
using testing::StartsWith;
using Outcome = ThresholdAnswer::Outcome;

/// Times of day in the goldens are UTC's.
class ReportThresholds : public testing::Test {
 protected:
  ReportThresholds() {
    setenv("TZ", "UTC0", 1);
    tzset();
    run_.thresholds = {{"p95 > 50ms", Outcome::kExceeded, "p95 81 ms"},
                       {"errors > 1%", Outcome::kPassed, "errors 0.4 %"},
                       {"p90 > 1s", Outcome::kUnknown, "p90 is not known"}};
  }
  RunFindings run_ = sample_report().findings;
};

TEST_F(ReportThresholds, JunitIsAsInTheGolden) {
  const std::string xml = thresholds_junit(std::vector{run_});
  EXPECT_EQ(xml, golden("tests/golden/report/thresholds.xml", xml));
}

TEST_F(ReportThresholds, CommentIsAsInTheGolden) {
  const std::string comment = report_comment(run_);
  EXPECT_EQ(comment, golden("tests/golden/report/comment.md", comment));
}

TEST_F(ReportThresholds, StandBeforeTheReasonsInEachFormat) {
  const std::string said = "1 of 3 thresholds is exceeded, 1 cannot be judged, which is no pass.";
  for (const std::string& text : {report_text(run_, {}), report_html(run_, {})}) {
    EXPECT_THAT(text, HasSubstr(said));
    EXPECT_LT(text.find(said), text.find("Confidence: high"));
  }
  const auto json = nlohmann::ordered_json::parse(report_json(run_, {}));
  EXPECT_EQ(json["thresholds"][0]["outcome"], "exceeded");
  EXPECT_EQ(json["thresholds"][2]["outcome"], "unknown");
  run_.thresholds.clear();
  EXPECT_THAT(report_text(run_, {}), Not(HasSubstr("Thresholds")));
  EXPECT_FALSE(nlohmann::ordered_json::parse(report_json(run_, {})).contains("thresholds"));
}

TEST_F(ReportThresholds, ACommentBeginsWithHowTheyCameOut) {
  EXPECT_THAT(report_comment(run_), StartsWith("### ❌ tierwatch: 1 of 3"));
  run_.thresholds.erase(run_.thresholds.begin());
  EXPECT_THAT(report_comment(run_), StartsWith("### ⚠️ tierwatch: 1 of 2"));
  run_.thresholds.pop_back();
  EXPECT_THAT(report_comment(run_), StartsWith("### ✅ tierwatch: The threshold is passed."));
  run_.thresholds.clear();
  EXPECT_THAT(report_comment(run_), StartsWith("### tierwatch: No threshold was set."));
}

TEST_F(ReportThresholds, ACommentIsNoLongerThanItsHostTakes) {
  run_.warnings.assign(2000, std::string(100, 'w'));
  const std::string comment = report_comment(run_);
  EXPECT_LT(comment.size(), 65'536u);
  EXPECT_THAT(comment, HasSubstr("too long for a comment"));
  EXPECT_THAT(comment, HasSubstr("p95 81 ms"));
}

TEST_F(ReportThresholds, NothingFromOutsideLeavesItsPlace) {
  const std::string hostile = "\"/><failure/>]]>\x1b\x01&\xEF\xBF\xBF\xff|</details>\n# x";
  RunFindings run = hostile_report(hostile).findings;
  run.thresholds = {{hostile, Outcome::kExceeded, hostile}};
  const std::string xml = thresholds_junit(std::vector{run});
  EXPECT_THAT(xml, Not(HasSubstr("<failure/>")));
  EXPECT_THAT(xml, Not(HasSubstr("\x1b")));
  EXPECT_THAT(xml, Not(HasSubstr("\x01")));
  EXPECT_THAT(xml, Not(HasSubstr("\xEF\xBF\xBF")));
  const std::string comment = report_comment(run);
  EXPECT_EQ(comment.find("\n# "), std::string::npos);
  const auto end = comment.find("</details>");
  EXPECT_EQ(end + sizeof "</details>", comment.size()) << "the only one, at the end";
}

}  // namespace
}  // namespace tierwatch
