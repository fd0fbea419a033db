// SPDX-License-Identifier: GPL-3.0-or-later
// Goal: no password, nothing it can be guessed from, no key and no dialled digit is kept, and all else is.
#include "trace/mask.hpp"

#include <gtest/gtest.h>

namespace carillon::trace {
namespace {

std::string masked(std::string message) {
  const std::size_t bytes = message.size();
  mask_secrets(message);
  EXPECT_EQ(message.size(), bytes);
  return message;
}

struct Header {
  const char* name;
  const char* line;
  const char* kept;
};

class MaskHeader : public ::testing::TestWithParam<Header> {};

TEST_P(MaskHeader, KeepsWhatIsNoSecret) {
  const auto& [name, line, kept] = GetParam();
  const std::string before = "REGISTER sip:example.com SIP/2.0\r\nVia: SIP/2.0/UDP 192.0.2.1\r\n";
  const std::string after = "\r\nContent-Length: 0\r\n\r\n";
  EXPECT_EQ(masked(before + line + after), before + kept + after);
}

INSTANTIATE_TEST_SUITE_P(
    Lines, MaskHeader,
    ::testing::Values(
        Header{"Digest",
               R"(Authorization: Digest username="bob", realm="x", nonce="abc", uri="sip:x", response="0f", algorithm=MD5)",
               R"(Authorization: Digest username="bob", realm="x", nonce="xxx", uri="sip:x", response="xx", algorithm=MD5)"},
        Header{"Proxy", R"(PROXY-AUTHORIZATION : digest Response = "0f",cnonce="ab", nc=00000001,qop=auth, opaque=77)",
               R"(PROXY-AUTHORIZATION : digest Response = "xx",cnonce="xx", nc=00000001,qop=auth, opaque=xx)"},
        Header{"Folded", "Authorization: Digest username=\"bob\",\r\n response=\"0f\",\r\n\tnonce=\"1\"",
               "Authorization: Digest username=\"bob\",\r\n response=\"xx\",\r\n\tnonce=\"x\""},
        Header{"Unquoted", "Authorization: Digest response=0f0f,nonce=a", "Authorization: Digest response=xxxx,nonce=x"},
        Header{"QuoteWithin", R"(Authorization: Digest username="a\",response=", response="0f")",
               R"(Authorization: Digest username="a\",response=", response="xx")"},
        Header{"NoEndOfQuote", R"(Authorization: Digest response="0f0f, username=bob)",
               R"(Authorization: Digest response="xxxxx xxxxxxxxxxxx)"},
        Header{"Challenge", R"(WWW-Authenticate: Digest realm="x", nonce="abc")",
               R"(WWW-Authenticate: Digest realm="x", nonce="xxx")"},
        Header{"ProxyChallenge", R"(Proxy-Authenticate: Digest nonce="abc", realm="x")",
               R"(Proxy-Authenticate: Digest nonce="xxx", realm="x")"},
        Header{"Info", R"(Authentication-Info: nextnonce="ab", rspauth="cd", qop=auth)",
               R"(Authentication-Info: nextnonce="xx", rspauth="xx", qop=auth)"},
        Header{"Basic", "Authorization: Basic Ym9iOmI=", "Authorization: Basic xxxxxxxx"},
        Header{"Bearer", "Authorization: Bearer a.b.c", "Authorization: Bearer xxxxx"},
        Header{"NoScheme", "Authorization: secret", "Authorization: xxxxxx"},
        Header{"Password", "Contact: <sip:bob:secret@192.0.2.1:5060>;q=1", "Contact: <sip:bob:xxxxxx@192.0.2.1:5060>;q=1"},
        Header{"PasswordBare", "From: sips:bob:se:cret@x;tag=1", "From: sips:bob:xxxxxxx@x;tag=1"},
        Header{"PasswordNoBlank", "To:sip:alice:secret@h", "To:sip:alice:xxxxxx@h"},
        Header{"PasswordShortName", "f:sips:a:b@h", "f:sips:a:x@h"},
        Header{"PasswordUserLikeScheme", "f:sip:sip:b@h", "f:sip:sip:x@h"},
        Header{"PasswordInParameter", "Refer-To: <sip:c@h?Replaces=1>;x=sip:u:pw@h",
               "Refer-To: <sip:c@h?Replaces=1>;x=sip:u:xx@h"},
        Header{"PasswordInDigest", R"(Authorization: Digest uri="sip:u:pw@h", response="0f")",
               R"(Authorization: Digest uri="sip:u:xx@h", response="xx")"},
        Header{"NoPassword", "Contact: \"a:b@c\" <sip:bob@192.0.2.1:5060>", "Contact: \"a:b@c\" <sip:bob@192.0.2.1:5060>"},
        Header{"CallId", "Call-ID: 1:2:3@192.0.2.1", "Call-ID: 1:2:3@192.0.2.1"}),
    [](const auto& info) { return info.param.name; });

struct Body {
  const char* name;
  const char* method;
  const char* body;
  const char* kept;
};

class MaskBody : public ::testing::TestWithParam<Body> {};

TEST_P(MaskBody, KeepsWhatIsNoSecret) {
  const auto& [name, method, body, kept] = GetParam();
  const std::string before = std::string(method) + " sip:bob@192.0.2.1 SIP/2.0\r\nCSeq: 1 X\r\nContent-Type: text/x\r\n\r\n";
  EXPECT_EQ(masked(before + body), before + kept);
}

INSTANTIATE_TEST_SUITE_P(
    Bodies, MaskBody,
    ::testing::Values(
        Body{"Relay", "INFO", "Signal=5\r\nDuration=160\r\n", "Signal=x\r\nDuration=xxx\r\n"}, Body{"Bare", "INFO", "5", "x"},
        Body{"LowerCase", "info", "Signal= #\n", "Signal=xx\n"},
        Body{"Kpml", "NOTIFY", "<kpml-response digits=\"12#\" code=\"200\"/>", "<kpml-response digits=xxxxx code=\"200\"/>"},
        Body{"Crypto", "INVITE", "a=crypto:1 AES_CM_128_HMAC_SHA1_80 inline:c2VjcmV0|2^20|1:4 KDR=1\r\na=sendrecv\r\n",
             "a=crypto:1 AES_CM_128_HMAC_SHA1_80 inline:xxxxxxxx|2^20|1:4 KDR=1\r\na=sendrecv\r\n"},
        Body{"TwoKeys", "INVITE", "A=Crypto:1 X INLINE:ab|1:4;inline:cd\n", "A=Crypto:1 X INLINE:xx|1:4;inline:xx\n"},
        Body{"CryptoBesideDigits", "INVITE", "a=label:kpml-response\r\na=crypto:1 X inline:ab\r\n",
             "a=label:kpml-response\r\na=crypto:1 X inline:xx\r\n"},
        Body{"OddCrypto", "INVITE", "a=crypto:1 X c2VjcmV0\r\n", "a=crypto:x x xxxxxxxx\r\n"},
        Body{"Key", "INVITE", "v=0\r\nk=clear:secret\r\nm=audio 1 RTP/AVP 0\r\n",
             "v=0\r\nk=xxxxxxxxxxxx\r\nm=audio 1 RTP/AVP 0\r\n"},
        Body{"Ice", "INVITE", "a=ice-ufrag:abcd\r\na=ice-pwd:secret", "a=ice-ufrag:abcd\r\na=ice-pwd:xxxxxx"},
        Body{"Mikey", "INVITE", "a=key-mgmt:mikey AQAF\r\n", "a=key-mgmt:xxxxx xxxx\r\n"},
        Body{"Plain", "INVITE", "v=0\r\no=- 1 1 IN IP4 192.0.2.1\r\n", "v=0\r\no=- 1 1 IN IP4 192.0.2.1\r\n"}),
    [](const auto& info) { return info.param.name; });

TEST(Mask, SurvivesAnyBytes) {
  const std::string sound =
      "INVITE sip:a:b@c SIP/2.0\r\nAuthorization: Digest nonce=\"1\", response=\"2\"\r\nProxy-Authorization:\r\n\r\na=crypto:1 x "
      "inline:k\r\n";
  for (std::size_t bytes = 0; bytes <= sound.size(); ++bytes) {
    masked(sound.substr(0, bytes));
    masked(sound.substr(bytes));
    for (const char c : {'\0', '\n', '"', '\\', ':', '\xff'}) {
      std::string changed = sound;
      if (bytes < changed.size()) changed[bytes] = c;
      masked(changed);
    }
  }
}

}  // namespace
}  // namespace carillon::trace
