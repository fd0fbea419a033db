// SPDX-License-Identifier: GPL-3.0-or-later
// Goal: each of the 49 messages of RFC 4475 and of the 12 of RFC 5118 is accepted, refused, or dropped as outcomes.tsv beside it
// says. tests/blackbox/test_torture.py sends the same messages to the running platform.
#include <sstream>

#include "sample.hpp"
#include "sip/acceptable.hpp"
#include "sip/digest.hpp"
#include "sip/message.hpp"
#include "sip/writer.hpp"

namespace carillon::sip {
namespace {

struct Outcome {
  std::string section, name, parsed, answer, application;
};

std::vector<Outcome> read_outcomes(const std::string& folder) {
  std::istringstream file(sample(folder + "/outcomes.tsv"));
  std::vector<Outcome> outcomes;
  for (std::string line; std::getline(file, line);) {
    if (line.starts_with('#')) continue;
    std::istringstream fields(line);
    Outcome outcome;
    fields >> outcome.section >> outcome.name >> outcome.parsed >> outcome.answer >> outcome.application;
    outcomes.push_back(outcome);
  }
  return outcomes;
}

std::string decide_register(const Message& request) {
  if (!request.to().uri.is_sip()) return "404";
  if (!request.contacts()) return "400";
  if (request.has(HeaderId::authorization) && !Credentials::parse(*request.first(HeaderId::authorization))) return "401";
  return "200";
}

/// What a plain application decides from the accessors alone.
std::string decide(const Message& message) {
  if (message.is_response()) {
    int vias = 0;
    for (std::string_view via : message.values(HeaderId::via)) vias += via.empty() ? 0 : 1;
    return vias > 1 ? "drop" : "take";  // RFC 3261 §8.1.3.3
  }
  switch (message.method()) {
    case Method::invite:
    case Method::options:
    case Method::message:
    case Method::register_:
      break;
    case Method::bye:
      return message.to_tag().empty() ? "400" : "481";
    default:
      return "501";
  }
  if (!message.request_uri().is_sip()) return "416";
  for ([[maybe_unused]] std::string_view option : message.values(HeaderId::require)) return "420";
  if (message.method() == Method::register_) return decide_register(message);
  const int status = message.method() == Method::invite ? unacceptable_status(message) : 0;
  return status == 0 ? "200" : std::to_string(status);
}

void check_all(const std::string& folder, std::size_t count) {
  const auto outcomes = read_outcomes(folder);
  ASSERT_EQ(outcomes.size(), count);
  for (const Outcome& expected : outcomes) {
    SCOPED_TRACE(expected.section + " " + expected.name);
    const std::string bytes = sample(folder + "/" + expected.name + ".dat");
    const auto message = Message::parse(bytes);
    EXPECT_EQ(message ? "ok" : std::string(message.error().code), expected.parsed) << (message ? "" : message.error().what);
    if (message) {
      EXPECT_EQ(decide(*message), expected.application);
      continue;
    }
    const auto refused = Message::for_refusal(bytes);
    const int status = refused ? status_for(message.error()) : 0;
    EXPECT_EQ(status == 0 ? "drop" : std::to_string(status), expected.answer);
    if (status == 0) continue;
    std::string answer;
    Writer writer(answer);
    write_response_head(writer, *refused, {.status = status, .to_tag = "t1", .source_host = "192.0.2.9", .source_port = 5060});
    writer.end();
    EXPECT_EQ(answer.find("SIP/2.0 " + std::to_string(status) + " "), 0U);
  }
}

TEST(Torture, Rfc4475) {
  check_all("rfc4475", 49);
}

TEST(Torture, Rfc5118) {
  check_all("rfc5118", 12);
}

TEST(Torture, ReadsTheAddressesOfRfc5118) {
  const std::string inside = sample("rfc5118/port-ambiguous.dat");
  EXPECT_EQ(Message::parse(inside)->request_uri().host, "[2001:db8::10:5070]");
  EXPECT_EQ(Message::parse(inside)->request_uri().port, 0);
  const std::string outside = sample("rfc5118/port-unambiguous.dat");
  EXPECT_EQ(Message::parse(outside)->request_uri().host, "[2001:db8::10]");
  EXPECT_EQ(Message::parse(outside)->request_uri().port, 5070);
  const std::string with = sample("rfc5118/via-received-param-with-delim.dat");
  EXPECT_EQ(Message::parse(with)->via().received, "[2001:db8::9:255]");
  const std::string without = sample("rfc5118/via-received-param-no-delim.dat");
  EXPECT_EQ(Message::parse(without)->via().received, "2001:db8::9:255");
  const std::string mapped = sample("rfc5118/ipv4-mapped-ipv6.dat");
  EXPECT_EQ(Message::parse(mapped)->via().host, "[::ffff:192.0.2.10]");
  EXPECT_EQ(Message::parse(mapped)->contact()->address.uri.host, "[::ffff:192.0.2.2]");
}

TEST(Torture, ReadsTheTortuousInvite) {
  const std::string bytes = sample("rfc4475/wsinv.dat");
  const auto message = Message::parse(bytes);
  ASSERT_TRUE(message) << message.error().what;
  EXPECT_EQ(message->to_tag(), "1918181833n");
  EXPECT_EQ(message->from_tag(), "98asjd8");
  EXPECT_EQ(message->from().display_text(), "J Rosenberg \\\"");
  EXPECT_EQ(message->max_forwards(), 68);
  EXPECT_EQ(message->cseq_number(), 9U);
  EXPECT_EQ(message->via().host, "192.0.2.2");
  EXPECT_EQ(message->via().branch, "390skdjuw");
  EXPECT_EQ(message->first(HeaderId::subject), "");
  EXPECT_EQ(message->first("unknownheaderwithunusualvalue"), ";;,,;;,;");
  std::vector<std::string> hosts;
  for (std::string_view via : message->values(HeaderId::via)) hosts.emplace_back(Via::parse(via)->host);
  EXPECT_EQ(hosts, (std::vector<std::string>{"192.0.2.2", "spindle.example.com", "192.168.255.111"}));
  const auto contact = message->contact();
  ASSERT_TRUE(contact);
  EXPECT_EQ(contact->q, 330);
  EXPECT_EQ(contact->address.display_text(), "Quoted string \"\"");
  EXPECT_EQ(contact->address.params.find("newparam"), "newvalue");
  EXPECT_EQ(message->body().size(), 150U);
}

TEST(Torture, ReadsTheWideRangeOfCharacters) {
  const std::string bytes = sample("rfc4475/intmeth.dat");
  const auto message = Message::parse(bytes);
  ASSERT_TRUE(message) << message.error().what;
  EXPECT_EQ(message->method(), Method::unknown);
  EXPECT_EQ(message->method_name(), "!interesting-Method0123456789_*+`.%indeed'~");
  const Uri uri = message->request_uri();
  EXPECT_EQ(uri.user, "1_unusual.URI~(to-be!sure)&isn't+it$/crazy?,/;;*");
  EXPECT_EQ(uri.password, "&it+has=1,weird!*pas$wo~d_too.(doesn't-it)");
  EXPECT_EQ(uri.host, "example.com");
  EXPECT_EQ(message->from_tag(), "_token~1'+`*%!-.");
  EXPECT_EQ(message->max_forwards(), 255);
}

TEST(Torture, KeepsEscapesApartFromWhatTheyStandFor) {
  const std::string bytes = sample("rfc4475/esc01.dat");
  const auto message = Message::parse(bytes);
  ASSERT_TRUE(message) << message.error().what;
  EXPECT_EQ(unescape(message->request_uri().user), "sips:user@example.com");
  EXPECT_EQ(message->request_uri().host, "example.net");
  EXPECT_TRUE(same_account(message->to().uri, *Uri::parse("sip:user@EXAMPLE.com")));
  const std::string null_bytes = sample("rfc4475/escnull.dat");
  const auto null_message = Message::parse(null_bytes);
  ASSERT_TRUE(null_message);
  EXPECT_EQ(unescape(null_message->to().uri.user), std::string("null-\0-null", 11));
  EXPECT_EQ(null_message->contacts()->size(), 2U);
}

TEST(Torture, IgnoresWhatFollowsTheMessage) {
  const std::string bytes = sample("rfc4475/dblreq.dat");
  const auto message = Message::parse(bytes);
  ASSERT_TRUE(message);
  EXPECT_EQ(message->method(), Method::register_);
  EXPECT_EQ(message->body(), "");
  EXPECT_LT(message->raw().size(), bytes.size());
}

}  // namespace
}  // namespace carillon::sip
