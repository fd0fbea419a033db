// SPDX-License-Identifier: GPL-3.0-or-later
// Goal: what a FreeSWITCH is given is well-formed XML that can be pasted, with NAT and without, whatever the account is called.
#include "api/recipe.hpp"

#include <algorithm>

#include <gtest/gtest.h>

namespace carillon::api {
namespace {

constexpr std::string_view without_nat =
    R"(<!-- sip_profiles/external/carillon_branch.xml: calls through Carillon as branch@example.com, without NAT.
     The platform is at 192.0.2.10:5060. Put the account's password in place of PASSWORD. -->
<include>
  <gateway name="carillon_branch">
    <param name="username" value="branch"/>
    <param name="realm" value="example.com"/>
    <param name="password" value="PASSWORD"/>
    <param name="proxy" value="example.com"/>
    <param name="outbound-proxy" value="192.0.2.10:5060"/>
    <param name="register" value="true"/>
    <param name="expire-seconds" value="600"/>
    <param name="retry-seconds" value="30"/>
    <param name="register-transport" value="udp"/>
    <param name="extension" value="branch"/>
    <param name="extension-in-contact" value="true"/>
    <param name="from-domain" value="example.com"/>
    <param name="caller-id-in-from" value="true"/>
    <param name="cid-type" value="none"/>
    <param name="ping" value="60"/>
  </gateway>
</include>
<!-- In the settings of sip_profiles/external.xml:
  <param name="apply-inbound-acl" value="carillon"/>
 -->
<!-- In autoload_configs/acl.conf.xml:
  <list name="carillon" default="deny">
    <node type="allow" cidr="192.0.2.10/32"/>
    <node type="allow" cidr="2001:db8::10/128"/>
  </list>
 -->
<!-- In the dialplan, to begin with. Context public:
  <extension name="from_carillon">
    <condition field="destination_number" expression="^[+]?[0-9]+$">
      <action application="bridge" data="user/YOUR-TELEPHONE"/>
    </condition>
  </extension>
Context default:
  <extension name="to_carillon">
    <condition field="destination_number" expression="^([+]?[0-9]+)$">
      <action application="set" data="effective_caller_id_number=ONE-OF-YOUR-NUMBERS"/>
      <action application="bridge" data="sofia/gateway/carillon_branch/$1"/>
    </condition>
  </extension>
 -->
)";

/// Reached at an address of its own, and says who calls in P-Asserted-Identity.
constexpr std::string_view direct_behind_nat =
    R"(<!-- sip_profiles/external/carillon_branch.xml: calls through Carillon as branch@example.com, from behind NAT.
     The platform is at example.com. Put the account's password in place of PASSWORD. -->
<include>
  <gateway name="carillon_branch">
    <param name="username" value="branch"/>
    <param name="realm" value="example.com"/>
    <param name="password" value="PASSWORD"/>
    <param name="proxy" value="example.com"/>
    <param name="register" value="false"/>
    <param name="register-transport" value="udp"/>
    <param name="extension" value="branch"/>
    <param name="extension-in-contact" value="true"/>
    <param name="from-domain" value="example.com"/>
    <param name="from-user" value="branch"/>
    <param name="caller-id-in-from" value="false"/>
    <param name="cid-type" value="pid"/>
    <param name="ping" value="25"/>
  </gateway>
</include>
<!-- In the settings of sip_profiles/external.xml:
  <param name="apply-inbound-acl" value="carillon"/>
  <param name="ext-sip-ip" value="PUBLIC-ADDRESS"/>
  <param name="ext-rtp-ip" value="PUBLIC-ADDRESS"/>
  <param name="aggressive-nat-detection" value="true"/>
PUBLIC-ADDRESS is the router's, where it lets calls in from outside; else auto-nat.
 -->
<!-- In autoload_configs/acl.conf.xml:
  <list name="carillon" default="deny">
    <node type="allow" cidr="ADDRESS-OF-THE-PLATFORM/32"/>
  </list>
 -->
<!-- In the dialplan, to begin with. Context public:
  <extension name="from_carillon">
    <condition field="destination_number" expression="^branch$">
      <action application="bridge" data="user/YOUR-TELEPHONE"/>
    </condition>
  </extension>
Context default:
  <extension name="to_carillon">
    <condition field="destination_number" expression="^([+]?[0-9]+)$">
      <action application="set" data="effective_caller_id_number=ONE-OF-YOUR-NUMBERS"/>
      <action application="bridge" data="sofia/gateway/carillon_branch/$1"/>
    </condition>
  </extension>
 -->
)";

struct FreeswitchRecipe : ::testing::Test {
  FreeswitchRecipe() {
    terminal.name = "branch";
    terminal.kind = model::TerminalKind::pbx;
    domain.name = "example.com";
  }
  std::string write(bool has_nat = false) const {
    return write_recipe("freeswitch", {.terminal = terminal, .domain = domain, .edge = edge, .has_nat = has_nat});
  }
  model::Terminal terminal;
  model::Domain domain;
  outbound::UsersEdge edge;
};

/// Whether no comment has two hyphens inside, and what is outside of comments is elements alone.
bool is_sound(std::string_view text) {
  constexpr std::string_view entities[] = {"&amp;", "&lt;", "&gt;", "&quot;", "&apos;"};
  while (!text.empty()) {
    const std::size_t begin = text.find("<!--");
    const std::string_view outside = text.substr(0, begin);
    if (outside.contains('\'')) return false;
    for (std::size_t at = outside.find('&'); at != std::string_view::npos; at = outside.find('&', at + 1))
      if (!std::ranges::any_of(entities, [&](std::string_view each) { return outside.substr(at).starts_with(each); }))
        return false;
    if (begin == std::string_view::npos) return true;
    text.remove_prefix(begin + 4);
    const std::size_t end = text.find("--");
    if (end == std::string_view::npos || !text.substr(end).starts_with("-->")) return false;
    text.remove_prefix(end + 3);
  }
  return true;
}

TEST_F(FreeswitchRecipe, RegistersWhereThePlatformIs) {
  edge.addresses = {"192.0.2.10", "2001:db8::10"};
  EXPECT_EQ(write(), without_nat);
  edge.addresses = {"2001:db8::10"};
  edge.port = 5070;
  EXPECT_TRUE(write().contains("\"outbound-proxy\" value=\"[2001:db8::10]:5070\"/>\n"));
}

TEST_F(FreeswitchRecipe, IsCalledAtItsOwnAddress) {
  terminal.static_contact = "sip:branch@203.0.113.9";
  terminal.cli_source = model::CliSource::p_asserted_identity;
  terminal.request_user = model::RequestUser::contact;
  EXPECT_EQ(write(true), direct_behind_nat);
}

TEST_F(FreeswitchRecipe, SaysWhoCallsWhereThePlatformLooks) {
  terminal.cli_source = model::CliSource::remote_party_id;
  EXPECT_TRUE(write().contains("\"cid-type\" value=\"rpid\"/>\n"));
  terminal.cli_source = model::CliSource::p_preferred_identity;
  EXPECT_TRUE(write().contains("P-Preferred-Identity=&lt;sip:${effective_caller_id_number}@example.com&gt;"));
}

/// All that Form::name and Form::domain let through, and what they do not.
TEST_F(FreeswitchRecipe, LetsNoNameBreakTheXml) {
  for (const char* name : {"a-_.!~*'()@+", "a--b", "-->", "\"/><evil>&", "a\nb"}) {
    terminal.name = name;
    domain.name = "xn--x.example";
    const std::string text = write(true);
    EXPECT_TRUE(is_sound(text)) << text;
    EXPECT_FALSE(text.contains("<evil>")) << text;
  }
  terminal.name = "o'neill";
  EXPECT_TRUE(write().contains("\"username\" value=\"o&apos;neill\"/>\n"));
  EXPECT_TRUE(write().contains("<gateway name=\"carillon_o_neill\">\n"));
  EXPECT_TRUE(write().contains("\"extension\" value=\"o%27neill\"/>\n"));
}

}  // namespace
}  // namespace carillon::api
