// SPDX-License-Identifier: GPL-3.0-or-later
// Goal: URIs and addresses are taken apart as RFC 3261 §19.1 and §20.10 say, compared as §19.1.4 says, and refused when
// malformed.
#include "sip/uri.hpp"

#include <gtest/gtest.h>

#include "base/service_urn.hpp"

namespace carillon::sip {
namespace {

TEST(Uri, TakesApart) {
  const auto uri = Uri::parse("sips:alice:secret@example.com:5061;transport=tcp;lr;ob?Subject=hi&Priority=urgent");
  ASSERT_TRUE(uri);
  EXPECT_EQ(uri->scheme, Scheme::sips);
  EXPECT_EQ(uri->user, "alice");
  EXPECT_EQ(uri->password, "secret");
  EXPECT_EQ(uri->host, "example.com");
  EXPECT_EQ(uri->port, 5061);
  EXPECT_EQ(uri->host_port(), "example.com:5061");
  EXPECT_EQ(uri->params.find("Transport"), "tcp");
  EXPECT_TRUE(uri->params.has("lr"));
  EXPECT_FALSE(uri->params.has("l"));
  EXPECT_EQ(uri->headers, "Subject=hi&Priority=urgent");
}

TEST(Uri, TakesApartOtherForms) {
  EXPECT_EQ(Uri::parse("sip:[2001:db8::1]:5060;lr")->host, "[2001:db8::1]");
  EXPECT_EQ(Uri::parse("sip:[2001:db8::1]:5060;lr")->host_port(), "[2001:db8::1]:5060");
  EXPECT_EQ(Uri::parse("SIP:example.com")->scheme, Scheme::sip);
  EXPECT_FALSE(Uri::parse("sip:example.com")->has_user);
  EXPECT_EQ(Uri::parse("sip:#31#600@example.com")->user, "#31#600");
  EXPECT_EQ(Uri::parse("sip:+34;npdi@example.com")->user, "+34;npdi");
  EXPECT_EQ(Uri::parse("tel:+34-944.944-944;phone-context=+34")->user, "+34-944.944-944");
  EXPECT_EQ(Uri::parse("tel:911;phone-context=example.com")->params.find("phone-context"), "example.com");
  EXPECT_EQ(Uri::parse("urn:service:sos")->scheme, Scheme::other);
  EXPECT_EQ(Uri::parse("sip:example.com;x=")->params.find("x"), "");
}

TEST(Uri, SaysWhatIsDialledByIt) {
  EXPECT_EQ(dialled_by(*Uri::parse("sip:%31%31%32@example.com")), "112");
  EXPECT_EQ(dialled_by(*Uri::parse("tel:112;phone-context=+34")), "112");
  EXPECT_EQ(dialled_by(*Uri::parse("urn:service:sos.fire")), "urn:service:sos.fire");
  EXPECT_EQ(dialled_by(*Uri::parse("urn:service:sos." + std::string(1500, 'a'))).size(), 64U);
  for (const std::string_view other : {"urn:service:counseling", "urn:service:sosy", "mailto:112@example.com", "http://112"})
    EXPECT_EQ(dialled_by(*Uri::parse(other)), "") << other;
}

TEST(Uri, AsksForHelpByItsName) {
  for (const std::string_view help : {"urn:service:sos", "URN:SERVICE:SOS", "Urn:Service:sOs.Fire", "urn:service:sos.ambulance",
                                      "urn:service:sos.animal-control", "urn:service:sos.police.municipal", "urn:service:sos.",
                                      "urn:service:sos..", "urn:service:sos.%00", "urn:service:sos.-", "urn:service:sos?=a",
                                      "urn:service:sos#x", "urn:service:sos;user=phone", "urn:service:sos.fire.fire.fire.fire"})
    EXPECT_TRUE(asks_for_help(help)) << help;
  for (const std::string_view other :
       {"", "urn", "urn:", "urn:service", "urn:service:", "urn:service:so", "urn:service:sosfire", "urn:service:sos-fire",
        "urn:service:sos:fire", "urn:service:sos/fire", "urn:service:%73os", "urn:service: sos", " urn:service:sos",
        "urn:service:counseling", "urn:service:test.sos", "urn:x:sos", "sos", "sip:urn:service:sos"})
    EXPECT_FALSE(asks_for_help(other)) << other;
}

TEST(Uri, ReadsIpv6AsRfc5118Wants) {
  EXPECT_EQ(Uri::parse("sip:[2001:db8::10]")->host, "[2001:db8::10]");  // RFC 5118 §4.1
  EXPECT_FALSE(Uri::parse("sip:2001:db8::10"));                         // §4.2
  const auto inside = Uri::parse("sip:[2001:db8::10:5070]");            // §4.3: the last group, not a port.
  EXPECT_EQ(inside->host, "[2001:db8::10:5070]");
  EXPECT_EQ(inside->port, 0);
  EXPECT_EQ(Uri::parse("sip:[2001:db8::10]:5070")->port, 5070);                              // §4.4
  EXPECT_EQ(Uri::parse("sip:user@[::ffff:192.0.2.10]:19823")->host, "[::ffff:192.0.2.10]");  // §4.10
}

TEST(Uri, RefusesMalformed) {
  for (std::string_view text : {"",
                                "sip",
                                "sip:",
                                ":",
                                "alice@example.com",
                                "sip:@example.com",
                                "sip:alice@",
                                "sip:a@b@c",
                                "sip:a b@example.com",
                                "sip:example.com ",
                                " sip:example.com",
                                "sip:example.com:",
                                "sip:example.com:0",
                                "sip:example.com:65536",
                                "sip:example.com:5060x",
                                "sip:[::1",
                                "sip:[]",
                                "sip:[1]",
                                "sip:[::g]",
                                "sip:-example.com",
                                "sip:.com",
                                "sip:exa<mple.com",
                                "sip:example.com;",
                                "sip:example.com;;lr",
                                "sip:example.com;=x",
                                "sip:example.com;x=\"a\"",
                                "sip:example.com?",
                                "sip:example.com?x",
                                "sip:example.com?=x",
                                "sip:a%4@example.com",
                                "sip:a%zz@example.com",
                                "sip:a\"b@example.com",
                                "sip:ex\r\nample.com",
                                "tel:",
                                "tel:alice",
                                "tel:+34 1",
                                "1sip:x",
                                "http:",
                                "x:a b",
                                "x:<a>"}) {
    EXPECT_FALSE(Uri::parse(text)) << text;
    if (const auto uri = Uri::parse(text); !uri) EXPECT_TRUE(uri.error().is(Fault::bad_uri));
  }
}

TEST(Uri, ComparesAsTheRfcDoes) {
  struct {
    std::string_view a, b;
    bool same;
  } cases[] = {
      // RFC 3261 §19.1.4, its own examples.
      {"sip:%61lice@atlanta.com;transport=TCP", "sip:alice@AtLanTa.CoM;Transport=tcp", true},
      {"sip:carol@chicago.com", "sip:carol@chicago.com;newparam=5", true},
      {"sip:carol@chicago.com", "sip:carol@chicago.com;security=on", true},
      {"sip:biloxi.com;transport=tcp;method=REGISTER?to=sip:bob%40biloxi.com",
       "sip:biloxi.com;method=REGISTER;transport=tcp?to=sip:bob%40biloxi.com", true},
      {"sip:alice@atlanta.com?subject=project%20x&priority=urgent", "sip:alice@atlanta.com?priority=urgent&subject=project%20x",
       true},
      {"SIP:ALICE@AtLanTa.CoM;Transport=udp", "sip:alice@AtLanTa.CoM;Transport=UDP", false},
      {"sip:bob@biloxi.com", "sip:bob@biloxi.com:5060", false},
      {"sip:bob@biloxi.com", "sip:bob@biloxi.com;transport=udp", false},
      {"sip:bob@biloxi.com", "sip:bob@biloxi.com:6000;transport=tcp", false},
      {"sip:carol@chicago.com", "sip:carol@chicago.com?Subject=next%20meeting", false},
      {"sip:bob@phone21.boxesbybob.com", "sip:bob@192.0.2.4", false},
      {"sip:carol@chicago.com;security=on", "sip:carol@chicago.com;security=off", false},
      // Others.
      {"sip:bob@biloxi.com", "sips:bob@biloxi.com", false},
      {"sip:bob:1@biloxi.com", "sip:bob:2@biloxi.com", false},
      {"sip:biloxi.com", "sip:bob@biloxi.com", false},
      {"sip:bob@biloxi.com;user=phone", "sip:bob@biloxi.com", false},
      {"sip:bob@biloxi.com;lr", "sip:bob@biloxi.com;%6Cr", true},
      {"sip:biloxi.com;a=1;a=2", "sip:biloxi.com;a=1", true},
      {"sip:biloxi.com;a=1;a=2", "sip:biloxi.com;a=2", false},
      {"sip:bo%2540b@biloxi.com", "sip:bo%40b@biloxi.com", false},
      {"tel:+34-944-944", "tel:+34944944", true},
      {"tel:+34944944", "tel:+34944945", false},
      {"urn:service:sos", "urn:service:sos", true},
      {"urn:service:sos", "urn:service:sos.fire", false},
  };
  for (const auto& one : cases) {
    const auto a = Uri::parse(one.a);
    const auto b = Uri::parse(one.b);
    ASSERT_TRUE(a && b) << one.a << " " << one.b;
    EXPECT_EQ(equivalent(*a, *b), one.same) << one.a << " " << one.b;
    EXPECT_EQ(equivalent(*b, *a), one.same) << one.b << " " << one.a;
  }
}

TEST(Uri, Escapes) {
  EXPECT_EQ(escape_user("#31#6 00@x"), "%2331%236%2000%40x");
  EXPECT_EQ(unescape("%2331%236%2000%40x"), "#31#6 00@x");
  EXPECT_EQ(unescape("100%"), "100%");
  EXPECT_EQ(unescape("%4"), "%4");
  EXPECT_EQ(unescape("%zz"), "%zz");
}

TEST(NameAddr, TakesApart) {
  struct {
    std::string_view text, display, uri, tag;
  } cases[] = {
      {"\"Alice \\\"A\\\"\" <sip:a@b>;tag=1", "Alice \\\"A\\\"", "sip:a@b", "1"},
      {"Alice A. <sip:a@b> ; tag = 1 ;x", "Alice A.", "sip:a@b", "1"},
      {"caller<sip:a@b>", "caller", "sip:a@b", ""},
      {"<sip:a@b;tag=2>", "", "sip:a@b;tag=2", ""},
      {"sip:a@b;tag=1;x=\"<y>\"", "", "sip:a@b", "1"},
      {"  sip:a@b  ", "", "sip:a@b", ""},
      {"José <sip:a@b>", "José", "sip:a@b", ""},
      {"Bob (Office) @home <sip:a@b>;tag=1", "Bob (Office) @home", "sip:a@b", "1"},
      {"\"<sip:x@y>\" <sip:a@b>", "<sip:x@y>", "sip:a@b", ""},
      {"\"\" <sip:a@b>;tag=\"q\"", "", "sip:a@b", "q"},
      {"<tel:+34944944>", "", "tel:+34944944", ""},
  };
  for (const auto& one : cases) {
    const auto address = NameAddr::parse(one.text);
    ASSERT_TRUE(address) << one.text;
    EXPECT_EQ(address->display, one.display);
    EXPECT_EQ(address->uri.text, one.uri);
    EXPECT_EQ(address->tag(), one.tag);
  }
  EXPECT_EQ(NameAddr::parse("\"Alice \\\"A\\\"\" <sip:a@b>")->display_text(), "Alice \"A\"");
}

TEST(NameAddr, RefusesMalformed) {
  for (std::string_view text : {"",
                                "<",
                                "<>",
                                "<sip:a@b",
                                "sip:a@b>",
                                "\"Alice <sip:a@b>",
                                "\"Alice\" sip:a@b",
                                "\"Alice\"",
                                "Bell, Alexander <sip:a@b>",
                                "< sip:a@b >",
                                "<sip:a@b >",
                                "sip:a@b?x=y",
                                "sip:a@b,sip:c@d",
                                "<sip:a@b>;",
                                "<sip:a@b>;;tag=1",
                                "<sip:a@b>tag=1",
                                "<sip:a@b>;tag=",
                                "<sip:a@b>;=1",
                                "<sip:a@b>;tag=\"1",
                                "<sip:a@b>,<sip:c@d>",
                                "Alice:home <sip:a@b>",
                                "Alice; <sip:a@b>",
                                "A\"B <sip:a@b>",
                                "(<sip:a@b>,",
                                "<<sip:a@b>>",
                                "\\"}) {
    EXPECT_FALSE(NameAddr::parse(text)) << text;
  }
}

}  // namespace
}  // namespace carillon::sip
