// SPDX-License-Identifier: GPL-3.0-or-later
// Goal: our SRTP is that of the RFCs and of others: printed vectors, libsrtp2 as oracle in both directions, forged and repeated
// packets refused, no index used twice.
#include "rtp/srtp.hpp"

#include <gtest/gtest.h>
#include <srtp2/srtp.h>

#include <random>

namespace carillon::rtp {
namespace {

using Bytes = std::vector<std::uint8_t>;

Bytes hex(std::string_view text) {
  Bytes bytes;
  const auto digit = [](char c) { return static_cast<std::uint8_t>(c <= '9' ? c - '0' : (c | 0x20) - 'a' + 10); };
  for (std::size_t i = 0; i + 1 < text.size(); i += 2)
    bytes.push_back(static_cast<std::uint8_t>(digit(text[i]) << 4 | digit(text[i + 1])));
  return bytes;
}

std::string text(const Bytes& bytes) {
  return {bytes.begin(), bytes.end()};
}

template <class Array>
Bytes first(const Array& array, std::size_t size) {
  return {array.begin(), array.begin() + static_cast<std::ptrdiff_t>(size)};
}

constexpr SrtpProfile all_profiles[] = {SrtpProfile::aes_256_gcm,     SrtpProfile::aes_128_gcm,     SrtpProfile::aes_256_sha1_80,
                                        SrtpProfile::aes_128_sha1_80, SrtpProfile::aes_256_sha1_32, SrtpProfile::aes_128_sha1_32};

TEST(Srtp, KeysAreThoseOfRfc3711B3) {
  const Bytes master = hex("E1F97A0D3E018BE0D64FA32C06DE41390EC675AD498AFEEBB6960B3AABE6");
  const SessionKeys keys = derive_keys(SrtpProfile::aes_128_sha1_80, text(master), Channel::rtp);
  EXPECT_EQ(first(keys.cipher, 16), hex("C61E7A93744F39EE10734AFE3FF7A087"));
  EXPECT_EQ(first(keys.salt, 14), hex("30CBBC08863D8C85D49DB34A9AE1"));
  EXPECT_EQ(first(keys.authentication, 20), hex("CEBE321F6FF7716B6FD4AB49AF256A156D38BAA4"));
}

// RFC 7714 §16.1.1: the keys printed there are those of the session.
TEST(Srtp, GcmIsThatOfRfc7714) {
  SessionKeys keys;
  const Bytes key = hex("000102030405060708090a0b0c0d0e0f");
  const Bytes salt = hex("517569642070726f2071756f");
  std::ranges::copy(key, keys.cipher.begin());
  std::ranges::copy(salt, keys.salt.begin());
  SrtpTransform transform(SrtpProfile::aes_128_gcm, Channel::rtp, keys);
  const Bytes plain = hex("8040f17b8041f8d35501a0b247616c6c696120657374206f6d6e69732064697669736120696e207061727465732074726573");
  Bytes packet = plain;
  packet.resize(plain.size() + srtp_growth);
  packet.resize(transform.seal(packet, plain.size(), 12, 0x5501a0b2, 0xf17b));
  EXPECT_EQ(packet, hex("8040f17b8041f8d35501a0b2f24de3a3fb34de6cacba861c9d7e4bcabe633bd50d294e6f42a5f47a51c7d19b36de3adf8833"
                        "899d7f27beb16a9152cf765ee4390cce"));
}

/// The other implementation, for one direction.
class Oracle {
 public:
  Oracle(const SrtpKey& key, bool sends) {
    static const bool is_ready = srtp_init() == srtp_err_status_ok;
    EXPECT_TRUE(is_ready);
    srtp_policy_t policy{};
    set(key.profile, policy.rtp, true);
    set(key.profile, policy.rtcp, false);
    policy.ssrc.type = sends ? ssrc_any_outbound : ssrc_any_inbound;
    key_ = key.master;
    policy.key = reinterpret_cast<unsigned char*>(key_.data());
    policy.window_size = 128;
    EXPECT_EQ(srtp_create(&session_, &policy), srtp_err_status_ok);
  }
  Oracle(const Oracle&) = delete;
  Oracle& operator=(const Oracle&) = delete;
  ~Oracle() { srtp_dealloc(session_); }

  Bytes protect(Bytes packet, bool is_rtcp) {
    auto size = static_cast<int>(packet.size());
    packet.resize(packet.size() + SRTP_MAX_TRAILER_LEN + 4);
    EXPECT_EQ(is_rtcp ? srtp_protect_rtcp(session_, packet.data(), &size) : srtp_protect(session_, packet.data(), &size),
              srtp_err_status_ok);
    packet.resize(static_cast<std::size_t>(size));
    return packet;
  }
  std::optional<Bytes> unprotect(Bytes packet, bool is_rtcp) {
    auto size = static_cast<int>(packet.size());
    const auto status =
        is_rtcp ? srtp_unprotect_rtcp(session_, packet.data(), &size) : srtp_unprotect(session_, packet.data(), &size);
    if (status != srtp_err_status_ok) return std::nullopt;
    packet.resize(static_cast<std::size_t>(size));
    return packet;
  }

 private:
  static void set(SrtpProfile profile, srtp_crypto_policy_t& policy, bool is_rtp) {
    switch (profile) {
      case SrtpProfile::aes_256_gcm:
        return srtp_crypto_policy_set_aes_gcm_256_16_auth(&policy);
      case SrtpProfile::aes_128_gcm:
        return srtp_crypto_policy_set_aes_gcm_128_16_auth(&policy);
      case SrtpProfile::aes_256_sha1_80:
        return srtp_crypto_policy_set_aes_cm_256_hmac_sha1_80(&policy);
      case SrtpProfile::aes_128_sha1_80:
        return srtp_crypto_policy_set_aes_cm_128_hmac_sha1_80(&policy);
      case SrtpProfile::aes_256_sha1_32:
        return is_rtp ? srtp_crypto_policy_set_aes_cm_256_hmac_sha1_32(&policy)
                      : srtp_crypto_policy_set_aes_cm_256_hmac_sha1_80(&policy);
      case SrtpProfile::aes_128_sha1_32:
        return is_rtp ? srtp_crypto_policy_set_aes_cm_128_hmac_sha1_32(&policy)
                      : srtp_crypto_policy_set_aes_cm_128_hmac_sha1_80(&policy);
    }
  }
  srtp_t session_ = nullptr;
  std::string key_;
};

class SrtpProfiles : public testing::TestWithParam<SrtpProfile> {
 protected:
  SrtpKey key_of(unsigned seed = 1) {
    std::mt19937 random(seed);
    SrtpKey key{.profile = GetParam(), .master = {}};
    for (std::size_t i = 0; i < master_size(GetParam()); ++i) key.master.push_back(static_cast<char>(random() & 0xff));
    return key;
  }
  Bytes rtp(std::uint16_t sequence, std::size_t payload = 160, std::uint32_t ssrc = 0x11223344) {
    Bytes packet(12 + payload);
    for (std::uint8_t& byte : packet) byte = static_cast<std::uint8_t>(random_() & 0xff);
    packet[0] = 0x80;
    packet[1] = 0;
    packet[2] = static_cast<std::uint8_t>(sequence >> 8);
    packet[3] = static_cast<std::uint8_t>(sequence & 0xff);
    for (std::size_t i = 0; i < 4; ++i) packet[8 + i] = static_cast<std::uint8_t>(ssrc >> (24 - 8 * i) & 0xff);
    return packet;
  }
  Bytes rtcp(std::size_t size = 28) {
    Bytes packet = rtp(0, size - 12);
    packet[1] = 200;
    packet[4] = 9;  // Another source than that of RTP.
    return packet;
  }
  static Bytes seal(SrtpSender& sender, Bytes packet, bool is_rtcp = false) {
    const std::size_t size = packet.size();
    packet.resize(size + srtp_growth);
    packet.resize(is_rtcp ? sender.seal_rtcp(packet, size) : sender.seal_rtp(packet, size));
    return packet;
  }
  static std::optional<Bytes> open(SrtpReceiver& receiver, const Bytes& packet, bool may_begin_anew = false) {
    Bytes plain(packet.size());
    const auto size = receiver.open_rtp(packet, plain, may_begin_anew);
    if (!size) return std::nullopt;
    plain.resize(*size);
    return plain;
  }
  static std::optional<Bytes> open_rtcp(SrtpReceiver& receiver, const Bytes& packet) {
    Bytes plain(packet.size());
    const auto size = receiver.open_rtcp(packet, plain);
    if (!size) return std::nullopt;
    plain.resize(*size);
    return plain;
  }
  std::mt19937 random_{7};
};

TEST_P(SrtpProfiles, OthersReadWhatWeSeal) {
  SrtpSender sender(key_of());
  Oracle oracle(key_of(), false);
  for (unsigned i = 0; i < 500; ++i) {
    const Bytes plain = rtp(static_cast<std::uint16_t>(65300 + i), i % 200);  // Over the end of the sequence.
    ASSERT_EQ(oracle.unprotect(seal(sender, plain), false), plain) << i;
    if (i % 50 == 0) {
      const Bytes report = rtcp(28 + i / 2);
      ASSERT_EQ(oracle.unprotect(seal(sender, report, true), true), report) << i;
    }
  }
}

TEST_P(SrtpProfiles, WeReadWhatOthersSeal) {
  SrtpReceiver receiver(key_of());
  Oracle oracle(key_of(), true);
  for (unsigned i = 0; i < 500; ++i) {
    const Bytes plain = rtp(static_cast<std::uint16_t>(65300 + i), i % 200);
    ASSERT_EQ(open(receiver, oracle.protect(plain, false)), plain) << i;
    if (i % 50 == 0) {
      const Bytes report = rtcp(28 + i / 2);
      ASSERT_EQ(open_rtcp(receiver, oracle.protect(report, true)), report) << i;
    }
  }
}

TEST_P(SrtpProfiles, HeadersWithContributorsAndExtensionStayReadable) {
  Bytes plain = rtp(5, 100);
  plain[0] = 0x92;  // Two contributors and an extension.
  plain[22] = 0;
  plain[23] = 2;  // Of two words.
  SrtpSender sender(key_of());
  Oracle oracle(key_of(), false);
  const Bytes sealed = seal(sender, plain);
  EXPECT_EQ(first(sealed, 32), first(plain, 32));
  EXPECT_EQ(oracle.unprotect(sealed, false), plain);
}

TEST_P(SrtpProfiles, NothingForgedIsOpened) {
  SrtpSender sender(key_of());
  const Bytes sealed = seal(sender, rtp(1));
  const Bytes report = seal(sender, rtcp(), true);
  for (std::size_t i = 0; i < sealed.size(); ++i) {
    SrtpReceiver receiver(key_of());
    Bytes forged = sealed;
    forged[i] ^= 0x10;
    EXPECT_FALSE(open(receiver, forged)) << i;
    EXPECT_TRUE(open(receiver, sealed)) << "a forged packet kept out the real one";
  }
  for (std::size_t i = 0; i < report.size(); ++i) {
    SrtpReceiver receiver(key_of());
    Bytes forged = report;
    forged[i] ^= 0x10;
    EXPECT_FALSE(open_rtcp(receiver, forged)) << i;
  }
  for (std::size_t size = 0; size < sealed.size(); ++size) {
    SrtpReceiver receiver(key_of());
    EXPECT_FALSE(open(receiver, first(sealed, size))) << size;
    EXPECT_FALSE(open_rtcp(receiver, first(report, std::min(size, report.size() - 1)))) << size;
  }
  SrtpReceiver stranger(key_of(2));
  EXPECT_FALSE(open(stranger, sealed));
}

TEST_P(SrtpProfiles, NothingCountsTwiceAndOrderDoesNotMatter) {
  SrtpSender sender(key_of());
  std::vector<Bytes> sealed;
  for (std::uint16_t i = 0; i < 300; ++i) sealed.push_back(seal(sender, rtp(static_cast<std::uint16_t>(65400 + i))));
  SrtpReceiver receiver(key_of());
  EXPECT_TRUE(open(receiver, sealed[0]));
  for (std::size_t i = 1; i + 1 < sealed.size(); i += 2) {
    EXPECT_TRUE(open(receiver, sealed[i + 1])) << i;
    EXPECT_TRUE(open(receiver, sealed[i])) << i;
    EXPECT_FALSE(open(receiver, sealed[i])) << i;
    EXPECT_FALSE(open(receiver, sealed[i + 1])) << i;
  }
  EXPECT_FALSE(open(receiver, sealed[2])) << "older than the window";
  const Bytes report = seal(sender, rtcp(), true);
  EXPECT_TRUE(open_rtcp(receiver, report));
  EXPECT_FALSE(open_rtcp(receiver, report));
}

TEST_P(SrtpProfiles, APeerThatBeginsAnewAfterAHoldIsHeard) {
  SrtpSender before(key_of());
  SrtpReceiver receiver(key_of());
  for (unsigned i = 0; i < 1000; ++i)
    ASSERT_TRUE(open(receiver, seal(before, rtp(static_cast<std::uint16_t>(65000 + i)))));  // Roll-over counter 1.
  SrtpSender anew(key_of());
  const Bytes again = seal(anew, rtp(30000));
  EXPECT_FALSE(open(receiver, again));
  EXPECT_TRUE(open(receiver, again, true));
  EXPECT_TRUE(open(receiver, seal(anew, rtp(30001))));
}

TEST_P(SrtpProfiles, NoIndexIsUsedTwice) {
  SrtpSender sender(key_of());
  EXPECT_FALSE(seal(sender, rtp(1)).empty());
  EXPECT_TRUE(seal(sender, rtp(1)).empty());
  for (std::uint32_t ssrc = 1; ssrc < SrtpSender::max_sources; ++ssrc) EXPECT_FALSE(seal(sender, rtp(1, 20, ssrc)).empty());
  EXPECT_TRUE(seal(sender, rtp(1, 20, 9999)).empty()) << "one that is forgotten could come again";
  EXPECT_FALSE(seal(sender, rtp(2)).empty());
  EXPECT_TRUE(seal(sender, Bytes(11)).empty());
  EXPECT_TRUE(seal(sender, Bytes(7), true).empty());
}

std::string name_of_profile(const testing::TestParamInfo<SrtpProfile>& info) {
  constexpr std::string_view names[] = {"Aes256Gcm", "Aes128Gcm", "Aes256Sha80", "Aes128Sha80", "Aes256Sha32", "Aes128Sha32"};
  return std::string(names[static_cast<std::size_t>(info.param)]);
}

INSTANTIATE_TEST_SUITE_P(All, SrtpProfiles, testing::ValuesIn(all_profiles), name_of_profile);

}  // namespace
}  // namespace carillon::rtp
