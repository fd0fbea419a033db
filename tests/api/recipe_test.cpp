// SPDX-License-Identifier: GPL-3.0-or-later
// Goal: what an Asterisk is given can be pasted, both with NAT and without, and no name writes a line of its own into it.
#include "api/recipe.hpp"

#include <algorithm>

#include <gtest/gtest.h>

namespace carillon::api {
namespace {

constexpr std::string_view without_nat = R"(; pjsip.conf: calls through Carillon as branch@example.com, without NAT.
; The platform is at 192.0.2.10:5060. Put the account's password in place of PASSWORD.

[carillon-udp]
type=transport
protocol=udp
bind=0.0.0.0

[carillon-branch]
type=registration
transport=carillon-udp
outbound_auth=carillon-branch
server_uri=sip:example.com
client_uri=sip:branch@example.com
contact_user=branch
outbound_proxy=sip:192.0.2.10:5060\;lr
expiration=600
retry_interval=30
max_retries=1000000
forbidden_retry_interval=300

[carillon-branch]
type=auth
auth_type=userpass
realm=example.com
username=branch
password=PASSWORD

[carillon-branch]
type=aor
contact=sip:example.com
outbound_proxy=sip:192.0.2.10:5060\;lr
qualify_frequency=60

[carillon-branch]
type=endpoint
transport=carillon-udp
context=from-carillon
disallow=all
allow=alaw,ulaw
dtmf_mode=rfc4733
outbound_auth=carillon-branch
aors=carillon-branch
outbound_proxy=sip:192.0.2.10:5060\;lr
from_domain=example.com
; CALLERID(num) goes into From.
trust_id_inbound=yes
direct_media=no

[carillon-branch]
type=identify
endpoint=carillon-branch
match=192.0.2.10
match=2001:db8::10

; extensions.conf, to begin with:
;[from-carillon]
;exten => _[+0-9].,1,Dial(PJSIP/YOUR-TELEPHONE)
;[to-carillon]
;exten => _[+0-9].,1,Set(CALLERID(num)=ONE-OF-YOUR-NUMBERS)
; same => n,Dial(PJSIP/${EXTEN}@carillon-branch)
)";

/// Reached at an address of its own, and says who calls in P-Asserted-Identity.
constexpr std::string_view direct_behind_nat = R"(; pjsip.conf: calls through Carillon as branch@example.com, from behind NAT.
; The platform is at example.com. Put the account's password in place of PASSWORD.

[carillon-udp]
type=transport
protocol=udp
bind=0.0.0.0
; The router's public address and the networks behind it, where it lets calls in from outside.
;external_signaling_address=PUBLIC-ADDRESS
;external_media_address=PUBLIC-ADDRESS
;local_net=192.168.0.0/16

[carillon-branch]
type=auth
auth_type=userpass
realm=example.com
username=branch
password=PASSWORD

[carillon-branch]
type=aor
contact=sip:example.com
qualify_frequency=25

[carillon-branch]
type=endpoint
transport=carillon-udp
context=from-carillon
disallow=all
allow=alaw,ulaw
dtmf_mode=rfc4733
outbound_auth=carillon-branch
aors=carillon-branch
from_domain=example.com
from_user=branch
trust_id_outbound=yes
send_pai=yes
; CALLERID(num) goes into P-Asserted-Identity.
trust_id_inbound=yes
direct_media=no
rtp_symmetric=yes
force_rport=yes
rewrite_contact=yes
rtp_keepalive=15

[carillon-branch]
type=identify
endpoint=carillon-branch
match=example.com

; extensions.conf, to begin with:
;[from-carillon]
;exten => branch,1,Dial(PJSIP/YOUR-TELEPHONE)
;[to-carillon]
;exten => _[+0-9].,1,Set(CALLERID(num)=ONE-OF-YOUR-NUMBERS)
; same => n,Dial(PJSIP/${EXTEN}@carillon-branch)
)";

struct RecipeTest : ::testing::Test {
  RecipeTest() {
    terminal.name = "branch";
    terminal.kind = model::TerminalKind::pbx;
    domain.name = "example.com";
  }
  std::string write(bool has_nat = false) const {
    return asterisk_recipe({.terminal = terminal, .domain = domain, .edge = edge, .has_nat = has_nat});
  }
  model::Terminal terminal;
  model::Domain domain;
  outbound::UsersEdge edge;
};

TEST_F(RecipeTest, RegistersWhereThePlatformIs) {
  edge.addresses = {"192.0.2.10", "2001:db8::10"};
  EXPECT_EQ(write(), without_nat);
  edge.addresses = {"2001:db8::10"};
  edge.port = 5070;
  EXPECT_TRUE(write().contains("outbound_proxy=sip:[2001:db8::10]:5070\\;lr\n"));
  EXPECT_TRUE(write().contains("bind=::\n"));
}

TEST_F(RecipeTest, IsCalledAtItsOwnAddress) {
  terminal.static_contact = "sip:branch@203.0.113.9";
  terminal.cli_source = model::CliSource::p_asserted_identity;
  terminal.request_user = model::RequestUser::contact;
  EXPECT_EQ(write(true), direct_behind_nat);
}

TEST_F(RecipeTest, SaysWhoCallsWhereThePlatformLooks) {
  terminal.cli_source = model::CliSource::remote_party_id;
  EXPECT_TRUE(write().contains("send_rpid=yes\n"));
  terminal.cli_source = model::CliSource::p_preferred_identity;
  EXPECT_TRUE(write().contains("P-Preferred-Identity)=<sip:${CALLERID(num)}@example.com>"));
}

/// All that Form::name lets through, and what it does not.
TEST_F(RecipeTest, LetsNoNameWriteALine) {
  const auto lines = std::ranges::count(write(), '\n');
  terminal.name = "a-_.!~*'()@+]b";
  EXPECT_EQ(std::ranges::count(write(), '\n'), lines);
  EXPECT_TRUE(write().contains("client_uri=sip:a-_.%21%7E%2A%27%28%29%40%2B%5Db@example.com\n"));
  EXPECT_TRUE(write().contains("[carillon-a------------b]\n"));
  EXPECT_FALSE(write().contains("[carillon-a]"));
}

}  // namespace
}  // namespace carillon::api
