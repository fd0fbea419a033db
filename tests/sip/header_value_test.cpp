// SPDX-License-Identifier: GPL-3.0-or-later
// Goal: the table of headers is sound, and Via, CSeq, Contact, media types, parameters and comma lists are read as RFC 3261 §20
// says.
#include "sip/header_value.hpp"

#include <gtest/gtest.h>

#include "sip/header_id.hpp"
#include "sip/status.hpp"

namespace carillon::sip {
namespace {

std::string changed_case(std::string_view text) {
  std::string out(text);
  for (char& c : out) c = c >= 'a' && c <= 'z' ? static_cast<char>(c - 32) : c >= 'A' && c <= 'Z' ? static_cast<char>(c + 32) : c;
  return out;
}

TEST(HeaderId, FindsEveryName) {
  for (std::size_t i = 0; i < known_headers; ++i) {
    const auto id = static_cast<HeaderId>(i);
    EXPECT_EQ(header_from(header_name(id)), id);
    EXPECT_EQ(header_from(changed_case(header_name(id))), id);
    EXPECT_EQ(header_from(std::string(header_name(id)) + "x"), HeaderId::unknown);
    EXPECT_NE(header_from(header_name(id).substr(1)), id);
  }
  EXPECT_EQ(header_from(""), HeaderId::unknown);
  EXPECT_EQ(header_from("v"), HeaderId::via);
  EXPECT_EQ(header_from("I"), HeaderId::call_id);
  EXPECT_EQ(header_from("z"), HeaderId::unknown);
  EXPECT_EQ(header_from("%"), HeaderId::unknown);
  EXPECT_EQ(header_name(HeaderId::unknown), "");
}

TEST(Method, KnowsItsNames) {
  for (int i = 1; i <= static_cast<int>(Method::publish); ++i)
    EXPECT_EQ(method_from(method_name(static_cast<Method>(i))), static_cast<Method>(i));
  EXPECT_EQ(method_from("invite"), Method::unknown);
  EXPECT_EQ(method_from(""), Method::unknown);
}

TEST(Status, HasPhrases) {
  EXPECT_EQ(reason_phrase(100), "Trying");
  EXPECT_EQ(reason_phrase(486), "Busy Here");
  EXPECT_EQ(reason_phrase(608), "Rejected");
  EXPECT_EQ(reason_phrase(499), "Request Failure");
}

TEST(Via, TakesApart) {
  const auto via =
      Via::parse("SIP/2.0/UDP host.example.com:5070;branch=z9hG4bKabc;rport;received=192.0.2.1;maddr=224.0.1.75;ttl=1");
  ASSERT_TRUE(via);
  EXPECT_EQ(via->transport, "UDP");
  EXPECT_EQ(via->host, "host.example.com");
  EXPECT_EQ(via->port, 5070);
  EXPECT_EQ(via->branch, "z9hG4bKabc");
  EXPECT_TRUE(via->has_rport);
  EXPECT_EQ(via->rport, 0);
  EXPECT_EQ(via->received, "192.0.2.1");
  EXPECT_EQ(via->maddr, "224.0.1.75");
  EXPECT_TRUE(via->has_cookie());
  EXPECT_FALSE(Via::parse("SIP/2.0/UDP h;branch=z9hG4bK")->has_cookie());
  EXPECT_EQ(Via::parse("sip/2.0/tcp [2001:db8::1] : 5060 ; branch = x")->host, "[2001:db8::1]");
  EXPECT_EQ(Via::parse("SIP / 2.0 / TLS\r\n host")->transport, "TLS");
  EXPECT_EQ(Via::parse("SIP/2.0/UDP h;rport=5062")->rport, 5062);
}

TEST(Via, ReadsIpv6AsRfc5118Wants) {  // RFC 5118 §4.5: `received` with and without brackets.
  EXPECT_EQ(Via::parse("SIP/2.0/UDP [2001:db8::9:1];received=[2001:db8::9:255];branch=z9hG4bKas3-111")->received,
            "[2001:db8::9:255]");
  EXPECT_EQ(Via::parse("SIP/2.0/UDP [2001:db8::9:1];received=2001:db8::9:255;branch=z9hG4bKas3")->received, "2001:db8::9:255");
  EXPECT_FALSE(Via::parse("SIP/2.0/UDP 2001:db8::9:1;branch=z9hG4bKas3"));
}

TEST(Via, RefusesMalformed) {
  for (std::string_view text :
       {"", "SIP/2.0/UDP", "SIP/2.0/UDP ", "SIP/2.0 UDP h", "SIP/3.0/UDP h", "HTTP/2.0/TCP h", "SIP/2.0/UDPh;x", "SIP/2.0/U@P h",
        "SIP/2.0/UDP h:", "SIP/2.0/UDP h:0", "SIP/2.0/UDP h:99999", "SIP/2.0/UDP h x", "SIP/2.0/UDP h;", "SIP/2.0/UDP h;;x",
        "SIP/2.0/UDP h;rport=x", "SIP/2.0/UDP h;rport=65536", "SIP/2.0/UDP [::1", "SIP/2.0/UDP ;x"}) {
    const auto via = Via::parse(text);
    EXPECT_FALSE(via) << text;
  }
}

TEST(Contact, TakesApart) {
  EXPECT_TRUE(Contact::parse(" * ")->star);
  const auto contact = Contact::parse("\"A\" <sip:a@b;x=1>;q=0.75;expires=99999999999;+sip.instance=\"<urn:uuid:1>\";reg-id=2");
  ASSERT_TRUE(contact);
  EXPECT_EQ(contact->q, 750);
  EXPECT_EQ(contact->expires, 4294967295U);
  EXPECT_EQ(contact->instance, "<urn:uuid:1>");
  EXPECT_EQ(contact->reg_id, 2U);
  struct {
    std::string_view q;
    std::optional<std::uint16_t> value;
  } cases[] = {{"1", 1000}, {"1.000", 1000}, {"0", 0},    {"0.", 0}, {"0.5", 500}, {"0.3333", 333},
               {"1.1", {}}, {"2", {}},       {"0,5", {}}, {"x", {}}, {"05", {}}};
  for (const auto& one : cases) {
    const std::string text = "<sip:a@b>;q=" + std::string(one.q);
    if (const auto parsed = Contact::parse(text)) EXPECT_EQ(parsed->q, one.value) << one.q;
  }
  EXPECT_FALSE(Contact::parse("<sip:a@b>;expires=soon")->expires);
}

TEST(CSeq, TakesApart) {
  EXPECT_EQ(CSeq::parse("2147483647 OPTIONS")->number, 2147483647U);
  EXPECT_EQ(CSeq::parse("1\t WEIRD")->method_name, "WEIRD");
  EXPECT_FALSE(CSeq::parse("1 A B"));
  EXPECT_FALSE(CSeq::parse("2147483648 OPTIONS"));
}

TEST(MediaType, TakesApart) {
  const auto type = MediaType::parse("Multipart / Mixed ; boundary=\"a;b\"");
  ASSERT_TRUE(type);
  EXPECT_TRUE(type->is("multipart", "mixed"));
  EXPECT_EQ(type->params.find("boundary"), "a;b");
  for (std::string_view text : {"", "text", "text/", "/plain", "text/plain;", "text/pl ain", "text//plain"})
    EXPECT_FALSE(MediaType::parse(text)) << text;
}

TEST(Seconds, Saturate) {
  EXPECT_EQ(parse_seconds("3600"), 3600U);
  EXPECT_EQ(parse_seconds(" 120 (busy);duration=5"), 120U);
  EXPECT_EQ(parse_seconds("4294967296"), 4294967295U);
  EXPECT_EQ(parse_seconds("1e3"), std::nullopt);
  EXPECT_EQ(parse_seconds("-1"), std::nullopt);
  EXPECT_EQ(parse_seconds(""), std::nullopt);
}

TEST(CommaList, Splits) {
  struct {
    std::string_view text;
    std::vector<std::string_view> values;
  } cases[] = {
      {"a", {"a"}},
      {" a , b\r\n ,\tc ", {"a", "b", "c"}},
      {",,a,,", {"a"}},
      {"", {}},
      {" , ", {}},
      {"\"a,b\",c", {"\"a,b\"", "c"}},
      {"\"a\\\",b\",c", {"\"a\\\",b\"", "c"}},
      {"<sip:a,b@c>,d", {"<sip:a,b@c>", "d"}},
      {"\"a,b", {"\"a,b"}},
      {"\"a\\", {"\"a\\"}},
      {"<a,b", {"<a,b"}},
      {"\"<\" <sip:a>, b", {"\"<\" <sip:a>", "b"}},
  };
  for (const auto& one : cases) {
    std::vector<std::string_view> values;
    for (std::string_view value : CommaList(one.text)) values.push_back(value);
    EXPECT_EQ(values, one.values) << one.text;
  }
}

TEST(Params, Iterate) {
  std::string seen;
  for (const Param& param : Params(" ; a ; b = 1;c=\"x;y\"; d=")) {
    seen += std::string(param.name) + "=" + std::string(param.value) + "[" + std::string(param.raw) + "]";
  }
  EXPECT_EQ(seen, "a=[a]b=1[b = 1]c=x;y[c=\"x;y\"]d=[d=]");
}

}  // namespace
}  // namespace carillon::sip
