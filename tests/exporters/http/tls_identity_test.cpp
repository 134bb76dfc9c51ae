// SPDX-License-Identifier: MIT
#include "exporters/http/tls_identity.h"

#include <gtest/gtest.h>

#include "tests/support/source_tree.h"
#include "tests/support/text_file.h"

namespace tierwatch {
namespace {

const std::string kTls = source_path("tests/fixtures/tls/");

TEST(TlsProblem, AKeyThatBelongsToItsCertificateIsNone) {
  EXPECT_EQ(tls_problem(text_of(kTls + "cert.pem"), text_of(kTls + "key.pem")).fault,
            TlsFault::kNone);
}

TEST(TlsProblem, TellsWhichOfTheTwoItIs) {
  const std::string certificate = text_of(kTls + "cert.pem"), key = text_of(kTls + "key.pem");
  EXPECT_EQ(tls_problem("", key).fault, TlsFault::kCertificate);
  EXPECT_EQ(tls_problem(key, key).fault, TlsFault::kCertificate);
  EXPECT_EQ(tls_problem(certificate, "").fault, TlsFault::kKey);
  EXPECT_EQ(tls_problem(certificate, certificate).fault, TlsFault::kKey);
  EXPECT_EQ(tls_problem(certificate, key.substr(0, key.size() / 2)).fault, TlsFault::kKey);
  const TlsProblem mismatch = tls_problem(certificate, text_of(kTls + "other_key.pem"));
  EXPECT_EQ(mismatch.fault, TlsFault::kMismatch);
  EXPECT_NE(mismatch.text, "");
}

}  // namespace
}  // namespace tierwatch
