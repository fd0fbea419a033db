// SPDX-License-Identifier: GPL-3.0-or-later
// Goal: keys in descriptions are read as RFC 4568 writes them, what we cannot use is left, and what the relay says to a side is
// protected as that side is, whatever the other one is.
#include "sdp/crypto.hpp"

#include "sdp/descriptions.hpp"
#include "sdp/relay.hpp"

namespace carillon::sdp {
namespace {

// RFC 4568 §6.1 and §9.1.
constexpr std::string_view key_128 = "WVNfX19zZW1jdGwgKCkgewkyMjA7fQp9CnVubGVz";
constexpr std::string_view key_256 = "WVNfX19zZW1jdGwgKCkgewkyMjA7fQp9CnVubGVzWVNfX19zZW1jdGwgKCkgew==";

std::string line(std::string_view suite, std::string_view key, std::string_view more = {}) {
  return std::string("1 ").append(suite).append(" inline:").append(key).append(more);
}

TEST(Crypto, IsReadAndWritten) {
  const auto crypto = parse_crypto("4 AES_CM_128_HMAC_SHA1_80 inline:WVNfX19zZW1jdGwgKCkgewkyMjA7fQp9CnVubGVz|2^20 WSH=64 KDR=0");
  ASSERT_TRUE(crypto);
  EXPECT_EQ(crypto->tag, 4U);
  EXPECT_EQ(crypto->key.profile, rtp::SrtpProfile::aes_128_sha1_80);
  EXPECT_EQ(crypto->key.master, "YS___semctl () {\t220;}\n}\nunles");
  EXPECT_EQ(crypto_text(*crypto), "4 AES_CM_128_HMAC_SHA1_80 inline:WVNfX19zZW1jdGwgKCkgewkyMjA7fQp9CnVubGVz");
  EXPECT_TRUE(parse_crypto(line("AES_256_CM_HMAC_SHA1_80", key_256)));
  EXPECT_TRUE(parse_crypto(line("AES_256_CM_HMAC_SHA1_80", key_256.substr(0, key_256.size() - 2)))) << "without its padding";
}

TEST(Crypto, ThatWeCannotUseIsLeft) {
  for (const std::string& value :
       {std::string(), std::string("1"), std::string("1 AES_CM_128_HMAC_SHA1_80"), line("F8_128_HMAC_SHA1_80", key_128),
        line("AES_CM_128_HMAC_SHA1_80", key_256), line("AES_256_CM_HMAC_SHA1_80", key_128),
        line("AES_CM_128_HMAC_SHA1_80", key_128, "|1:4"), line("AES_CM_128_HMAC_SHA1_80", key_128, "|2^20|1:4"),
        line("AES_CM_128_HMAC_SHA1_80", key_128, ";inline:" + std::string(key_128)),
        line("AES_CM_128_HMAC_SHA1_80", key_128, " UNENCRYPTED_SRTP"),
        line("AES_CM_128_HMAC_SHA1_80", key_128, " UNAUTHENTICATED_SRTP"), line("AES_CM_128_HMAC_SHA1_80", key_128, " KDR=1"),
        line("AES_CM_128_HMAC_SHA1_80", "WVNfX19zZW1jdGwgKCkgewkyMjA7fQp9CnVubGV*"),
        std::string("-1 AES_CM_128_HMAC_SHA1_80 inline:").append(key_128), std::string(5000, '1'),
        std::string("x AES_CM_128_HMAC_SHA1_80 inline:").append(key_128)})
    EXPECT_FALSE(parse_crypto(value)) << value;
}

Session secure(std::string_view protocol, std::string_view more) {
  std::string text = "v=0\r\no=- 1 1 IN IP4 192.0.2.1\r\ns=-\r\nc=IN IP4 192.0.2.1\r\nt=0 0\r\nm=audio 4000 ";
  text.append(protocol).append(" 0\r\n").append(more);
  return parse_or_die(text);
}

const std::string crypto_line = std::string("a=crypto:7 AES_CM_128_HMAC_SHA1_80 inline:").append(key_128).append("\r\n");

TEST(Crypto, MakesAStreamRelayable) {
  EXPECT_TRUE(has_relayable(secure("RTP/SAVP", crypto_line)));
  EXPECT_TRUE(has_relayable(secure("RTP/SAVPF", "a=crypto:1 F8_128_HMAC_SHA1_80 inline:x\r\n" + crypto_line)));
  EXPECT_FALSE(has_relayable(secure("RTP/SAVP", ""))) << "without a key";
  EXPECT_FALSE(has_relayable(secure("UDP/TLS/RTP/SAVP", crypto_line)));
  EXPECT_TRUE(is_encrypted(secure("RTP/SAVP", crypto_line)));
  EXPECT_TRUE(is_encrypted(secure("RTP/AVP", crypto_line))) << "RFC 8643";
  EXPECT_FALSE(is_encrypted(secure("RTP/AVP", "")));
}

TEST(Crypto, OfOneSideIsNotTheOthers) {
  constexpr std::array<std::uint16_t, 1> ports = {13000};
  const Crypto ours{7, {rtp::SrtpProfile::aes_128_sha1_80, std::string(30, 'k')}};
  const std::vector<StreamSecurity> required = {{.is_required = true, .keys = {ours}}};
  const std::vector<StreamSecurity> optional = {{.is_required = false, .keys = {ours}}};
  const Session offer = secure("RTP/SAVPF", crypto_line);
  const auto offered = [&](std::span<const StreamSecurity> security) {
    return make_relayed_offer(offer, {.address = "198.51.100.1", .ports = ports, .security = security}).lines;
  };
  EXPECT_NE(offered({}).find("m=audio 13000 RTP/AVPF 0\r\n"), std::string::npos);
  EXPECT_EQ(offered({}).find("crypto"), std::string::npos) << "the far side's key is not passed on";
  EXPECT_NE(offered(required).find("m=audio 13000 RTP/SAVPF 0\r\n"), std::string::npos);
  EXPECT_NE(offered(optional).find("m=audio 13000 RTP/AVPF 0\r\n"), std::string::npos);
  EXPECT_NE(offered(optional).find("a=crypto:" + crypto_text(ours) + "\r\n"), std::string::npos);
  EXPECT_EQ(offered(optional).find(key_128), std::string::npos);

  const Session answer = secure("RTP/AVP", "");
  const std::string answered =
      make_relayed_answer(offer, answer, {.address = "198.51.100.1", .ports = ports, .security = required}).lines;
  EXPECT_NE(answered.find("m=audio 13000 RTP/SAVPF 0\r\n"), std::string::npos) << "RFC 3264 §6: the protocol of the offer";
  EXPECT_NE(answered.find("a=crypto:" + crypto_text(ours) + "\r\n"), std::string::npos);
}

}  // namespace
}  // namespace carillon::sdp
