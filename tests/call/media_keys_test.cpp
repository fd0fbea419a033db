// SPDX-License-Identifier: GPL-3.0-or-later
// Goal: a leg says the same keys for as long as it lives and after a restart; what it says depends on what its peer said, and
// before that on its account.
#include "call/media_keys.hpp"

#include <gtest/gtest.h>

namespace carillon::call {
namespace {

using model::MediaEncryption;
using sdp::Carrier;

constexpr std::string_view theirs = "a=crypto:3 AES_CM_128_HMAC_SHA1_32 inline:WVNfX19zZW1jdGwgKCkgewkyMjA7fQp9CnVubGVz\r\n";

sdp::Session described(std::string_view protocol, std::string_view more = {}) {
  std::string text = "v=0\r\no=- 1 1 IN IP4 192.0.2.1\r\ns=-\r\nc=IN IP4 192.0.2.1\r\nt=0 0\r\nm=audio 4000 ";
  text.append(protocol).append(" 0\r\n").append(more);
  return *sdp::Session::parse(text);
}

TEST(MediaKeys, AreOfferedAsTheAccountWants) {
  const sdp::OfferAnswer nothing_said(1);
  MediaKeys keys;
  EXPECT_TRUE(security_towards(nothing_said, MediaEncryption::none, 1, keys)[0].keys.empty());
  EXPECT_TRUE(security_towards(nothing_said, MediaEncryption::inherited, 1, keys)[0].keys.empty());
  for (const auto wanted : {MediaEncryption::optional, MediaEncryption::required}) {
    const auto security = security_towards(nothing_said, wanted, 2, keys);
    ASSERT_EQ(security.size(), 2U);
    EXPECT_EQ(security[0].is_required, wanted == MediaEncryption::required);
    ASSERT_EQ(security[0].keys.size(), 3U);
    EXPECT_EQ(security[0].keys[0].key.profile, rtp::SrtpProfile::aes_128_sha1_80);
    EXPECT_NE(security[0].keys[0].key, security[1].keys[0].key) << "each stream has its own (RFC 4568 §6.1)";
    EXPECT_NE(security[0].keys[0].key.master, security[0].keys[2].key.master);
  }
}

TEST(MediaKeys, AnswerWhatIsOfferedAndRepeatWhatIsAgreed) {
  sdp::OfferAnswer session(1);
  MediaKeys keys;
  const sdp::Session offer = described("RTP/SAVP", theirs);
  session.receive(Carrier::invite, &offer);
  const auto answered = security_towards(session, MediaEncryption::none, 1, keys);
  ASSERT_EQ(answered[0].keys.size(), 1U);
  EXPECT_TRUE(answered[0].is_required);
  EXPECT_EQ(answered[0].keys[0].tag, 3U);
  EXPECT_EQ(answered[0].keys[0].key.profile, rtp::SrtpProfile::aes_128_sha1_32);
  session.send_answer(Carrier::success, {"IN IP4 192.0.2.2", "s=-\r\n"});
  const auto again = security_towards(session, MediaEncryption::none, 1, keys);
  ASSERT_EQ(again[0].keys.size(), 1U);
  EXPECT_EQ(again[0].keys[0].key, answered[0].keys[0].key);
}

TEST(MediaKeys, OfAPlainPeerAreNone) {
  sdp::OfferAnswer session(1);
  MediaKeys keys;
  const sdp::Session offer = described("RTP/AVP");
  session.receive(Carrier::invite, &offer);
  EXPECT_TRUE(security_towards(session, MediaEncryption::required, 1, keys)[0].keys.empty());
}

TEST(MediaKeys, AreThoseOfBeforeARestart) {
  MediaKeys before;
  const auto said = security_towards(sdp::OfferAnswer(1), MediaEncryption::optional, 1, before);
  std::string lines;
  for (const sdp::Crypto& crypto : said[0].keys) lines += "a=crypto:" + sdp::crypto_text(crypto) + "\r\n";
  MediaKeys after;
  after.restore(described("RTP/AVP", lines));
  for (const sdp::Crypto& crypto : said[0].keys) EXPECT_EQ(after.key_of(0, crypto.key.profile), crypto.key);
}

}  // namespace
}  // namespace carillon::call
