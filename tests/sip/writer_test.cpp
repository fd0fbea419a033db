// SPDX-License-Identifier: GPL-3.0-or-later
// Goal: what the writer writes is what the parser reads, and responses mirror their requests as RFC 3261 §8.2.6 and §18.2.1 want.
#include "sip/writer.hpp"

#include "base/assert.hpp"
#include "sample.hpp"

namespace carillon::sip {
namespace {

std::string head_of(const Message& request, const ResponseHead& head) {
  std::string out;
  Writer writer(out);
  write_response_head(writer, request, head);
  writer.end();
  return out;
}

TEST(Writer, WritesARequest) {
  std::string out;
  Writer writer(out);
  writer.request_line(Method::invite, "sip:bob@example.com");
  writer.via("UDP", "192.0.2.1:5060", "z9hG4bKx");
  writer.header(HeaderId::max_forwards, 70);
  writer.address(HeaderId::from, "A \"B\" \\C", "sip:alice@example.com", "t1");
  writer.address(HeaderId::to, "", "sip:bob@example.com");
  writer.header(HeaderId::call_id, "c1");
  writer.cseq(7, Method::invite);
  writer.header(HeaderId::contact, {"<", "sip:alice@192.0.2.1", ">;expires=", "60"});
  writer.header("X-Note", "y");
  writer.body("application/sdp", "v=0\r\n");
  EXPECT_EQ(out,
            "INVITE sip:bob@example.com SIP/2.0\r\n"
            "Via: SIP/2.0/UDP 192.0.2.1:5060;rport;branch=z9hG4bKx\r\n"
            "Max-Forwards: 70\r\n"
            "From: \"A \\\"B\\\" \\\\C\" <sip:alice@example.com>;tag=t1\r\n"
            "To: <sip:bob@example.com>\r\n"
            "Call-ID: c1\r\n"
            "CSeq: 7 INVITE\r\n"
            "Contact: <sip:alice@192.0.2.1>;expires=60\r\n"
            "X-Note: y\r\n"
            "Content-Type: application/sdp\r\n"
            "Content-Length: 5\r\n\r\nv=0\r\n");
  const auto message = Message::parse(out);
  ASSERT_TRUE(message) << message.error().what;
  EXPECT_EQ(message->from().display_text(), "A \"B\" \\C");
  EXPECT_EQ(message->contact()->expires, 60U);
}

TEST(Writer, KeepsAReasonPhrasePlainAndShort) {
  std::string out;
  Writer writer(out);
  writer.status_line(486, "Busy \xe2\x80\xae\x1b[31m here\r\nRoute: <sip:evil>\t" + std::string(100, 'x'));
  EXPECT_EQ(out, "SIP/2.0 486 Busy [31m hereRoute: <sip:evil>" + std::string(26, 'x') + "\r\n");
}

TEST(Writer, RefusesNamesThatAreNoTokens) {
  std::string out;
  Writer writer(out);
  EXPECT_THROW(writer.header("X Note", "y"), Broken);
  EXPECT_THROW(writer.header("X:", "y"), Broken);
  EXPECT_THROW(writer.header("", "y"), Broken);
  EXPECT_THROW(writer.header(HeaderId::unknown, "y"), Broken);
  EXPECT_EQ(out, "");
}

TEST(Writer, CopiesAllLines) {
  const std::string bytes = with(sample("invite.dat"), "CSeq", "Route: <sip:a>,\r\n <sip:b>\r\nroute: <sip:c>\r\nCSeq");
  std::string out;
  Writer(out).copy(*Message::parse(bytes), HeaderId::route);
  EXPECT_EQ(out, "Route: <sip:a>,   <sip:b>\r\nRoute: <sip:c>\r\n");
}

TEST(Response, MirrorsTheRequest) {
  const std::string bytes =
      with(sample("invite.dat"), "Max-Forwards", "Via: SIP/2.0/TCP p.example;branch=z9hG4bKq\r\nTimestamp: 5\r\nMax-Forwards");
  const auto request = Message::parse(bytes);
  ASSERT_TRUE(request);
  EXPECT_EQ(head_of(*request, {.status = 180, .to_tag = "t9", .source_host = "203.0.113.7", .source_port = 40000}),
            "SIP/2.0 180 Ringing\r\n"
            "Via: SIP/2.0/UDP 192.0.2.10:5060;branch=z9hG4bK-524287-1---d8754z2f1c;received=203.0.113.7;rport=40000\r\n"
            "Via: SIP/2.0/TCP p.example;branch=z9hG4bKq\r\n"
            "From: \"Alice Alison\" <sip:alice@users.democompany.com>;tag=9d3b4c21\r\n"
            "To: <sip:102@users.democompany.com>;tag=t9\r\n"
            "Call-ID: 81f0d3b6a9c84e1fb2@192.0.2.10\r\n"
            "CSeq: 1 INVITE\r\n"
            "Content-Length: 0\r\n\r\n");
  const std::string trying = head_of(*request, {.status = 100, .source_host = "192.0.2.10", .source_port = 5060});
  EXPECT_NE(trying.find("Timestamp: 5\r\n"), std::string::npos);
  EXPECT_NE(trying.find("To: <sip:102@users.democompany.com>\r\n"), std::string::npos);
}

TEST(Response, AddsReceivedAndRport) {
  struct {
    std::string_view via, source, expected;
  } cases[] = {
      // RFC 3261 §18.2.1: a name, or another address than the source's.
      {"SIP/2.0/UDP pc.example.com;branch=z9hG4bKa", "192.0.2.7",
       "SIP/2.0/UDP pc.example.com;branch=z9hG4bKa;received=192.0.2.7"},
      {"SIP/2.0/UDP 10.0.0.1;branch=z9hG4bKa", "192.0.2.7", "SIP/2.0/UDP 10.0.0.1;branch=z9hG4bKa;received=192.0.2.7"},
      {"SIP/2.0/UDP 192.0.2.7;branch=z9hG4bKa", "192.0.2.7", "SIP/2.0/UDP 192.0.2.7;branch=z9hG4bKa"},
      // RFC 3581 §4: with rport always both.
      {"SIP/2.0/UDP 192.0.2.7;rport;branch=z9hG4bKa", "192.0.2.7",
       "SIP/2.0/UDP 192.0.2.7;branch=z9hG4bKa;received=192.0.2.7;rport=5099"},
      // What the client claims itself does not stay.
      {"SIP/2.0/UDP 10.0.0.1;received=1.2.3.4;rport=9;branch=z9hG4bKa", "192.0.2.7",
       "SIP/2.0/UDP 10.0.0.1;branch=z9hG4bKa;received=192.0.2.7;rport=5099"},
      {"SIP/2.0/UDP [2001:db8::1];branch=z9hG4bKa", "2001:db8::1", "SIP/2.0/UDP [2001:db8::1];branch=z9hG4bKa"},
      {"SIP/2.0/UDP [2001:db8::1];branch=z9hG4bKa", "2001:db8::2",
       "SIP/2.0/UDP [2001:db8::1];branch=z9hG4bKa;received=2001:db8::2"},
      {"SIP / 2.0 / UDP 10.0.0.1 ; x = \"a;b\" ; branch=z9hG4bKa , SIP/2.0/TCP q", "192.0.2.7",
       "SIP/2.0/UDP 10.0.0.1;x = \"a;b\";branch=z9hG4bKa;received=192.0.2.7, SIP/2.0/TCP q"},
  };
  for (const auto& one : cases) {
    const std::string bytes =
        with(sample("invite.dat"), "SIP/2.0/UDP 192.0.2.10:5060;branch=z9hG4bK-524287-1---d8754z2f1c;rport", one.via);
    const auto request = Message::parse(bytes);
    ASSERT_TRUE(request) << one.via;
    const std::string out = head_of(*request, {.status = 200, .to_tag = "t", .source_host = one.source, .source_port = 5099});
    EXPECT_NE(out.find("Via: " + std::string(one.expected) + "\r\n"), std::string::npos) << out;
    EXPECT_TRUE(Message::parse(out));
  }
}

TEST(Response, KeepsAToTagThatIsThere) {
  const std::string bytes =
      with(sample("invite.dat"), "To: <sip:102@users.democompany.com>", "t: <sip:102@users.democompany.com>;tag=old");
  EXPECT_NE(
      head_of(*Message::parse(bytes), {.status = 200, .to_tag = "new"}).find("To: <sip:102@users.democompany.com>;tag=old\r\n"),
      std::string::npos);
}

TEST(Response, EchoesAViaThatCannotBeRead) {
  const std::string bytes = sample("rfc4475/badinv01.dat");
  const auto refused = Message::for_refusal(bytes);
  ASSERT_TRUE(refused);
  const std::string out = head_of(*refused, {.status = 400, .to_tag = "t", .source_host = "192.0.2.7", .source_port = 5060});
  EXPECT_NE(out.find("Via: SIP/2.0/UDP 192.0.2.15;;,;,,\r\n"), std::string::npos) << out;
}

}  // namespace
}  // namespace carillon::sip
