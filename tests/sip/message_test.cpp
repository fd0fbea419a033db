// SPDX-License-Identifier: GPL-3.0-or-later
// Goal: parse() indexes a message completely, checks what it promises to check, and its views survive a copy.
#include "sip/message.hpp"

#include "sample.hpp"

namespace carillon::sip {
namespace {

void expect_fault(const std::string& bytes, Fault fault, int status) {
  const auto message = Message::parse(bytes);
  ASSERT_FALSE(message) << bytes;
  EXPECT_TRUE(message.error().is(fault)) << message.error().code << " instead of " << name_of(fault) << "\n" << bytes;
  EXPECT_EQ(status_for(message.error()), status) << bytes;
}

TEST(Message, ReadsAnInvite) {
  const std::string bytes = sample("invite.dat");
  const auto message = Message::parse(bytes);
  ASSERT_TRUE(message) << message.error().what;
  EXPECT_TRUE(message->is_request());
  EXPECT_EQ(message->method(), Method::invite);
  EXPECT_EQ(message->request_uri_text(), "sip:102@users.democompany.com");
  EXPECT_EQ(message->request_uri().user, "102");
  EXPECT_EQ(message->via().branch, "z9hG4bK-524287-1---d8754z2f1c");
  EXPECT_TRUE(message->via().has_rport);
  EXPECT_EQ(message->via().sent_by, "192.0.2.10:5060");
  EXPECT_EQ(message->from().display, "Alice Alison");
  EXPECT_EQ(message->from_tag(), "9d3b4c21");
  EXPECT_EQ(message->to_tag(), "");
  EXPECT_EQ(message->call_id(), "81f0d3b6a9c84e1fb2@192.0.2.10");
  EXPECT_EQ(message->cseq().number, 1U);
  EXPECT_EQ(message->cseq().method, Method::invite);
  EXPECT_EQ(message->max_forwards(), 70);
  EXPECT_TRUE(message->lists(HeaderId::supported, "REPLACES"));
  EXPECT_FALSE(message->lists(HeaderId::supported, "replace"));
  EXPECT_TRUE(message->content_type()->is("application", "sdp"));
  EXPECT_TRUE(message->body().starts_with("v=0\r\n"));
  EXPECT_EQ(message->raw(), bytes);
  EXPECT_EQ(message->header_count(), 12U);
  EXPECT_EQ(message->header(1).name, "Max-Forwards");
  EXPECT_FALSE(message->expires());
}

TEST(Message, ReadsAResponse) {
  const std::string bytes = sample("ok.dat");
  const auto message = Message::parse(bytes);
  ASSERT_TRUE(message) << message.error().what;
  EXPECT_TRUE(message->is_response());
  EXPECT_EQ(message->status(), 200);
  EXPECT_EQ(message->reason(), "OK");
  EXPECT_TRUE(message->is_success());
  EXPECT_EQ(message->method(), Method::invite);
  EXPECT_EQ(message->method_name(), "INVITE");
  EXPECT_EQ(message->to_tag(), "77ab");
  EXPECT_EQ(message->via().rport, 5060);
}

TEST(Message, ReadsContacts) {
  const std::string bytes = sample("register.dat");
  const auto message = Message::parse(bytes);
  ASSERT_TRUE(message) << message.error().what;
  const auto contacts = message->contacts();
  ASSERT_TRUE(contacts);
  ASSERT_EQ(contacts->size(), 1U);
  EXPECT_EQ(contacts->front().instance, "<urn:uuid:0d1c2b3a-1111-4222-8333-444455556666>");
  EXPECT_EQ(contacts->front().reg_id, 1U);
  EXPECT_EQ(contacts->front().expires, 600U);
  EXPECT_EQ(message->expires(), 600U);
  const std::string star = with(bytes, "CSeq", "Contact: *\r\nCSeq");
  EXPECT_TRUE(Message::parse(star)->contacts().error().is(Fault::bad_address));
  std::string many;
  for (int i = 0; i < 40; ++i) many += "<sip:a@192.0.2.1>, ";
  const std::string flood = with(bytes, "Contact: ", "Contact: " + many);
  EXPECT_TRUE(Message::parse(flood)->contacts().error().is(Fault::bad_value));
}

TEST(Message, WalksValuesAcrossLinesAndLists) {
  const std::string bytes = with(sample("invite.dat"), "CSeq",
                                 "Route: <sip:a.example;lr>, \"x, y\" <sip:b,c@b.example;lr>\r\n"
                                 "Unknown: 1\r\nROUTE:\r\nroute : ,,<sip:d.example>;p=\"a,b\" ,\r\nCSeq");
  const auto message = Message::parse(bytes);
  ASSERT_TRUE(message) << message.error().what;
  std::vector<std::string> routes;
  for (std::string_view route : message->values(HeaderId::route)) routes.emplace_back(route);
  EXPECT_EQ(routes,
            (std::vector<std::string>{"<sip:a.example;lr>", "\"x, y\" <sip:b,c@b.example;lr>", "<sip:d.example>;p=\"a,b\""}));
  EXPECT_EQ(message->values(HeaderId::path).begin(), std::default_sentinel);
}

TEST(Message, DoesNotSplitCredentials) {
  const std::string bytes = sample("register.dat");
  const auto message = Message::parse(bytes);
  int lines = 0;
  for (std::string_view value : message->values(HeaderId::authorization)) {
    EXPECT_TRUE(value.ends_with("nc=00000001"));
    ++lines;
  }
  EXPECT_EQ(lines, 1);
}

TEST(Message, SkipsLeadingEmptyLines) {
  const std::string bytes = "\r\n\r\n" + sample("invite.dat");
  const auto message = Message::parse(bytes);
  ASSERT_TRUE(message);
  EXPECT_EQ(message->raw().size(), bytes.size() - 4);
}

TEST(Message, RefusesDoubledHeaders) {
  const std::string invite = sample("invite.dat");
  for (std::string_view header : {"From: <sip:x@y>;tag=1", "f: <sip:x@y>", "To: <sip:x@y>", "t: <sip:x@y>", "i: x", "Call-ID: x",
                                  "CSeq: 1 INVITE", "l: 5", "Content-Length: 300", "MAX-FORWARDS: 1", "c: text/plain"}) {
    SCOPED_TRACE(header);
    const std::string line = std::string(header) + "\r\n";
    expect_fault(with(invite, "\r\nVia", "\r\n" + line + "Via"), Fault::duplicate_header, 400);
    expect_fault(with(invite, "Content-Type", line + "Content-Type"), Fault::duplicate_header, 400);
  }
}

TEST(Message, RefusesMissingHeaders) {
  const std::string invite = sample("invite.dat");
  for (std::string_view header : {"Via:", "From:", "To:", "Call-ID:", "CSeq:"}) {
    expect_fault(with(invite, header, "X-" + std::string(header)), Fault::missing_header, 400);
  }
}

TEST(Message, ChecksStartLines) {
  const std::string invite = sample("invite.dat");
  const std::string line = "INVITE sip:102@users.democompany.com SIP/2.0\r\n";
  struct {
    std::string_view line;
    Fault fault;
    int status;
  } cases[] = {
      {"INVITE sip:102@users.democompany.com  SIP/2.0\r\n", Fault::bad_request_line, 400},
      {"INVITE\tsip:102@users.democompany.com SIP/2.0\r\n", Fault::bad_request_line, 400},
      {" INVITE sip:102@users.democompany.com SIP/2.0\r\n", Fault::bad_request_line, 400},
      {"INVITE sip:102@users.democompany.com SIP/2.0 \r\n", Fault::bad_request_line, 400},
      {"INVITE sip:102@users.democompany.com SIP/2.0\n", Fault::bad_request_line, 400},
      {"INV<ITE sip:102@users.democompany.com SIP/2.0\r\n", Fault::bad_request_line, 400},
      {"INVITE SIP/2.0\r\n", Fault::bad_request_line, 400},
      {"INVITE sip:102@users.democompany.com SIP/3.0\r\n", Fault::bad_version, 505},
      {"INVITE sip:102@users.democompany.com SIP/2.01\r\n", Fault::bad_version, 505},
      {"INVITE sip: SIP/2.0\r\n", Fault::bad_uri, 400},
      {"INVITE 102 SIP/2.0\r\n", Fault::bad_uri, 400},
      {"GET / HTTP/1.1\r\n", Fault::not_sip, 0},
      {"\n", Fault::not_sip, 0},
      {"SIP/2.0 99 Low\r\n", Fault::bad_status_line, 0},
      {"SIP/2.0 700 High\r\n", Fault::bad_status_line, 0},
      {"SIP/2.0 2000 Long\r\n", Fault::bad_status_line, 0},
      {"SIP/2.0 20\r\n", Fault::bad_status_line, 0},
      {"SIP/2.0 \r\n", Fault::bad_status_line, 0},
      {"SIP/3.0 200 OK\r\n", Fault::bad_status_line, 0},
  };
  for (const auto& one : cases) expect_fault(with(invite, line, one.line), one.fault, one.status);
  expect_fault("", Fault::not_sip, 0);
  expect_fault("\r\n\r\n", Fault::not_sip, 0);
  EXPECT_TRUE(Message::parse(with(sample("ok.dat"), "SIP/2.0 200 OK", "SIP/2.0 200")));
}

TEST(Message, ChecksSingleValues) {
  const std::string invite = sample("invite.dat");
  struct {
    std::string_view from, to;
    Fault fault;
    int status;
  } cases[] = {
      {"CSeq: 1 INVITE", "CSeq: 1 BYE", Fault::method_mismatch, 400},
      {"CSeq: 1 INVITE", "CSeq: 1 invite", Fault::method_mismatch, 400},
      {"CSeq: 1 INVITE", "CSeq: 2147483648 INVITE", Fault::bad_cseq, 400},
      {"CSeq: 1 INVITE", "CSeq: -1 INVITE", Fault::bad_cseq, 400},
      {"CSeq: 1 INVITE", "CSeq: 1INVITE", Fault::bad_cseq, 400},
      {"CSeq: 1 INVITE", "CSeq: INVITE", Fault::bad_cseq, 400},
      {"CSeq: 1 INVITE", "CSeq:", Fault::bad_cseq, 400},
      {"Max-Forwards: 70", "Max-Forwards: 256", Fault::bad_max_forwards, 400},
      {"Max-Forwards: 70", "Max-Forwards: 7O", Fault::bad_max_forwards, 400},
      {"Content-Length: ", "Content-Length: -", Fault::bad_content_length, 400},
      {"Content-Length: ", "Content-Length: 0x", Fault::bad_content_length, 400},
      {"Content-Length: ", "Content-Length: +", Fault::bad_content_length, 400},
      {"Content-Length: ", "Content-Length: 1", Fault::body_too_short, 400},
      {"Content-Length: ", "Content-Length: 65", Fault::body_too_short, 400},
      {"Content-Length: ", "Content-Length: 99999999999999999999", Fault::body_too_large, 413},
      {"Call-ID: ", "Call-ID: a b", Fault::bad_call_id, 400},
      {"Via: SIP/2.0/UDP", "Via: SIP/1.0/UDP", Fault::bad_via, 400},
      {"Via: SIP/2.0/UDP", "Via: SIP/2.0/", Fault::bad_via, 400},
      {";rport", ";rport=70000", Fault::bad_via, 400},
      {"\"Alice Alison\"", "\"Alice Alison", Fault::bad_address, 400},
      {"\"Alice Alison\"", "Alison, Alice", Fault::bad_address, 400},
      {"To: <sip:102@users.democompany.com>", "To: ", Fault::bad_address, 400},
      {"User-Agent:", "User Agent:", Fault::bad_header, 400},
      {"User-Agent:", ":", Fault::bad_header, 400},
      {"User-Agent: Desk Phone 7/1.4.2", "User-Agent", Fault::bad_header, 400},
  };
  for (const auto& one : cases) {
    SCOPED_TRACE(one.to);
    expect_fault(with(invite, one.from, one.to), one.fault, one.status);
  }
}

TEST(Message, RefusesEveryTruncation) {
  const std::string bytes = sample("invite.dat");
  for (std::size_t length = 0; length < bytes.size(); ++length) {
    const std::string cut = bytes.substr(0, length);  // Exactly that long, so that a sanitizer sees any step beyond.
    const auto exact = std::make_unique<char[]>(length);
    cut.copy(exact.get(), length);
    ASSERT_FALSE(Message::parse({exact.get(), length})) << length;
    static_cast<void>(Message::for_refusal({exact.get(), length}));
  }
}

TEST(Message, HoldsItsLimits) {
  const std::string invite = sample("invite.dat");
  std::string lines;
  for (int i = 0; i < 116; ++i) lines += "X: 1\r\n";
  const std::string full = with(invite, "CSeq", lines + "CSeq");
  ASSERT_TRUE(Message::parse(full));
  EXPECT_EQ(Message::parse(full)->header_count(), Message::max_headers);
  expect_fault(with(invite, "CSeq", lines + "X: 1\r\nCSeq"), Fault::too_many_headers, 513);
  expect_fault(with(invite, "CSeq", "X: " + std::string(16384, 'x') + "\r\nCSeq"), Fault::header_too_large, 513);
  const std::string open = invite.substr(0, invite.find("Content-Length"));
  EXPECT_TRUE(Message::parse(open + "\r\n" + std::string(65536, 'b')));
  expect_fault(open + "\r\n" + std::string(65537, 'b'), Fault::body_too_large, 413);
  expect_fault(open + "Content-Length: 65537\r\n\r\n" + std::string(65537, 'b'), Fault::body_too_large, 413);
  expect_fault(with(invite, "sip:102@", "sip:" + std::string(2048, '1') + "@"), Fault::bad_uri, 400);
}

TEST(Fault, OnlyOnesOfTheParserHaveAStatus) {
  EXPECT_EQ(status_for(Error()), 0);
  Error other;
  other.code = "sip.table_full";
  EXPECT_EQ(status_for(other), 0);
  EXPECT_EQ(status_for(Fault::bad_challenge), 400);
}

TEST(Message, OwnedKeepsItsBytes) {
  auto bytes = std::make_unique<std::string>(sample("invite.dat"));
  OwnedMessage owned(*Message::parse(*bytes));
  bytes.reset();
  OwnedMessage moved = std::move(owned);
  EXPECT_TRUE(moved);
  EXPECT_EQ(moved->via().host, "192.0.2.10");
  EXPECT_EQ(moved->from_tag(), "9d3b4c21");
  EXPECT_TRUE(moved->body().ends_with("a=sendrecv\r\n"));
}

TEST(Message, ForRefusalNeverAnswersWhatMustNotBe) {
  const std::string invite = sample("invite.dat");
  EXPECT_TRUE(Message::for_refusal(with(invite, "CSeq: 1", "CSeq: x")));
  EXPECT_FALSE(Message::for_refusal(with(with(invite, "INVITE sip", "ACK sip"), "CSeq: 1", "CSeq: x")));
  EXPECT_FALSE(Message::for_refusal(with(invite, "Via: ", "Vio: ")));
  EXPECT_FALSE(Message::for_refusal(with(sample("ok.dat"), "CSeq: 1", "CSeq: x")));
  EXPECT_FALSE(Message::for_refusal("GET / HTTP/1.1\r\nVia: 1\r\n\r\n"));
}

}  // namespace
}  // namespace carillon::sip
