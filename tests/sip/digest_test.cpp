// SPDX-License-Identifier: GPL-3.0-or-later
// Goal: digests match the vectors of RFC 7616 and RFC 8760, and no captured, stale, stripped or redirected answer passes (T-06).
#include "sip/digest.hpp"

#include "sample.hpp"

namespace carillon::sip {
namespace {

constexpr std::string_view realm = "users.democompany.com";
constexpr std::string_view uri = "sip:users.democompany.com";
constexpr std::string_view source = "192.0.2.10";

/// A server and a phone that knows the password.
class Exchange {
 public:
  Nonces nonces;
  Hasher hasher;
  Monotonic now{100s};
  HexHash sha256 = make_ha1(hasher, Algorithm::sha256, "alice", realm, "secret");
  HexHash md5 = make_ha1(hasher, Algorithm::md5, "alice", realm, "secret");
  Ha1 ha1{.sha256 = sha256.view(), .md5 = md5.view()};

  std::vector<std::string> challenge(bool stale = false, bool with_md5 = true) {
    std::string out;
    Writer writer(out);
    nonces.challenge(writer, {.realm = realm, .source = source, .now = now, .stale = stale, .md5 = with_md5});
    std::vector<std::string> values;
    constexpr std::string_view name = "WWW-Authenticate: ";
    for (std::size_t at = 0; at < out.size();) {
      const std::size_t end = out.find("\r\n", at);
      EXPECT_EQ(out.substr(at, name.size()), name);
      values.push_back(out.substr(at + name.size(), end - at - name.size()));
      at = end + 2;
    }
    return values;
  }

  /// The phone's Authorization for challenge 0 (SHA-256) or 1 (MD5).
  std::string answered(std::size_t which, std::uint32_t nc = 1, std::string_view password = "secret") {
    if (offered_.empty()) offered_ = challenge();
    const auto parsed = Challenge::parse(offered_.at(which));
    EXPECT_TRUE(parsed);
    const auto value = answer(hasher, *parsed, {.user = "alice", .password = password},
                              {.method = "REGISTER", .uri = uri, .cnonce = "c1", .nc = nc});
    EXPECT_TRUE(value);
    return *value;
  }

  Verdict verify(const std::string& value, std::string_view method = "REGISTER", std::string_view request_uri = uri,
                 std::string_view from = source) {
    const auto credentials = Credentials::parse(value);
    if (!credentials) return Verdict::malformed;
    return nonces.verify(*credentials, ha1, realm, {.method = method, .uri = request_uri, .source = from, .now = now});
  }

 private:
  std::vector<std::string> offered_;
};

TEST(Digest, Rfc7616Vectors) {  // RFC 7616 §3.9.1
  Hasher hasher;
  struct {
    std::string_view algorithm, response;
  } cases[] = {{"SHA-256", "753927fa0e85d155564e2e272a28d1802ca10daf4496794697cf8db5856cb6c1"},
               {"MD5", "8ca523f5e9506fed4657c9700eebdbec"}};
  for (const auto& one : cases) {
    const std::string text =
        R"(Digest realm="http-auth@example.org", qop="auth, auth-int", algorithm=)" + std::string(one.algorithm) +
        R"(, nonce="7ypf/xlj9XXwfDPEoM4URrv/xwf94BcCAzFZH4GiTo0v", opaque="FQhe/qaU925kfnzjCev0ciny7QMkPqMAFRtzCUYo5tdS")";
    const auto challenge = Challenge::parse(text);
    ASSERT_TRUE(challenge);
    const auto value =
        answer(hasher, *challenge, {.user = "Mufasa", .password = "Circle of Life"},
               {.method = "GET", .uri = "/dir/index.html", .cnonce = "f2/wE4q74E6zIJEtWaHKaf5wv/H5QzzpXusqGemxURZJ"});
    ASSERT_TRUE(value);
    EXPECT_EQ(Credentials::parse(*value)->response, one.response);
  }
}

TEST(Digest, HashesKnownTexts) {
  Hasher hasher;
  EXPECT_EQ(hasher(Algorithm::md5, {""}).view(), "d41d8cd98f00b204e9800998ecf8427e");
  EXPECT_EQ(hasher(Algorithm::sha256, {"abc"}).view(), "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad");
  EXPECT_EQ(hasher(Algorithm::md5, {"", "", ""}).view(), hasher(Algorithm::md5, {"::"}).view());
}

TEST(Digest, ChallengesStrongestFirstWithDifferentNonces) {
  Exchange exchange;
  const auto values = exchange.challenge();
  ASSERT_EQ(values.size(), 2U);
  const auto first = Challenge::parse(values[0]);
  const auto second = Challenge::parse(values[1]);
  ASSERT_TRUE(first && second);
  EXPECT_EQ(first->algorithm, Algorithm::sha256);
  EXPECT_EQ(second->algorithm, Algorithm::md5);
  EXPECT_NE(first->nonce, second->nonce);
  EXPECT_TRUE(first->qop_auth);
  EXPECT_EQ(first->realm, realm);
  EXPECT_FALSE(first->stale);
  EXPECT_TRUE(Challenge::parse(exchange.challenge(true)[0])->stale);
  EXPECT_EQ(exchange.challenge(false, false).size(), 1U);
}

TEST(Digest, AcceptsRightAnswers) {
  for (std::size_t which : {0UL, 1UL}) {
    Exchange exchange;
    EXPECT_EQ(exchange.verify(exchange.answered(which, 1)), Verdict::ok);
    EXPECT_EQ(exchange.verify(exchange.answered(which, 2)), Verdict::ok);
    EXPECT_EQ(exchange.verify(exchange.answered(which, 40)), Verdict::ok);
    EXPECT_EQ(exchange.verify(exchange.answered(which, 39)), Verdict::ok);  // Overtaken on the way.
  }
}

TEST(Digest, AnswersFromAHa1) {
  Exchange exchange;
  const auto values = exchange.challenge();
  const auto challenge = Challenge::parse(values[1]);
  const auto value = answer(exchange.hasher, *challenge, {.user = "alice", .ha1 = exchange.ha1},
                            {.method = "REGISTER", .uri = uri, .cnonce = "c"});
  ASSERT_TRUE(value);
  EXPECT_EQ(exchange.verify(*value), Verdict::ok);
  EXPECT_FALSE(answer(exchange.hasher, *challenge, {.user = "alice"}, {.method = "REGISTER", .uri = uri, .cnonce = "c"}));
  EXPECT_FALSE(
      answer(exchange.hasher, *challenge, {.user = "a\"b", .password = "x"}, {.method = "REGISTER", .uri = uri, .cnonce = "c"}));
}

TEST(Digest, RefusesReplay) {
  Exchange exchange;
  const std::string first = exchange.answered(0, 1);
  const std::string later = exchange.answered(0, 100);
  EXPECT_EQ(exchange.verify(first), Verdict::ok);
  EXPECT_EQ(exchange.verify(first), Verdict::replay);
  EXPECT_EQ(exchange.verify(later), Verdict::ok);
  EXPECT_EQ(exchange.verify(later), Verdict::replay);
  EXPECT_EQ(exchange.verify(exchange.answered(0, 36)), Verdict::replay);  // Below the window.
  EXPECT_EQ(exchange.verify(exchange.answered(0, 37)), Verdict::ok);
}

TEST(Digest, RefusesOldAndForeignNonces) {
  Exchange exchange;
  const std::string value = exchange.answered(0);
  EXPECT_EQ(exchange.verify(value, "REGISTER", uri, "203.0.113.9"), Verdict::stale);
  exchange.now += 120s;
  EXPECT_EQ(exchange.verify(exchange.answered(0, 2)), Verdict::ok);
  exchange.now += 1s;
  EXPECT_EQ(exchange.verify(exchange.answered(0, 3)), Verdict::stale);
  exchange.now -= 1s;
  EXPECT_EQ(exchange.verify(exchange.answered(0, 2)), Verdict::replay);
  Exchange other;  // Another process: other keys.
  EXPECT_EQ(other.verify(value), Verdict::stale);
}

TEST(Digest, RefusesWrongOnes) {
  Exchange exchange;
  EXPECT_EQ(exchange.verify(exchange.answered(0, 1, "guess")), Verdict::wrong);
  EXPECT_EQ(exchange.verify(exchange.answered(0), "INVITE"), Verdict::wrong);
  EXPECT_EQ(exchange.verify(exchange.answered(0), "REGISTER", "sip:other.example.com"), Verdict::wrong);
  EXPECT_EQ(exchange.verify(exchange.answered(0), "REGISTER", "sip:bob@users.democompany.com"), Verdict::wrong);
  EXPECT_EQ(exchange.verify(with(exchange.answered(0), "nc=00000001", "nc=00000002")), Verdict::wrong);
  EXPECT_EQ(exchange.verify(with(exchange.answered(0), realm, "other.example.com")), Verdict::wrong);
  EXPECT_EQ(exchange.verify(exchange.answered(0, 1), "REGISTER", "sip:USERS.democompany.com;transport=udp"), Verdict::ok);
  Exchange without_md5;
  without_md5.ha1.md5 = {};
  EXPECT_EQ(without_md5.verify(without_md5.answered(1)), Verdict::wrong);
  EXPECT_EQ(without_md5.verify(without_md5.answered(0)), Verdict::ok);
}

// Who never saw a nonce of ours may be anybody who writes a victim's address: no failure is counted for that.
TEST(Digest, AnInventedNonceIsStaleWhateverThePassword) {
  Exchange exchange, elsewhere;
  EXPECT_EQ(exchange.verify(elsewhere.answered(0)), Verdict::stale);
  EXPECT_EQ(exchange.verify(elsewhere.answered(0, 1, "guess")), Verdict::stale);
}

TEST(Digest, UnknownUsersAreWrongWhateverTheySend) {
  Exchange exchange;
  const std::string value = exchange.answered(0);
  const auto credentials = Credentials::parse(value);
  const Nonces::Request request{.method = "REGISTER", .uri = uri, .source = source, .now = exchange.now};
  EXPECT_EQ(exchange.nonces.verify(*credentials, exchange.nonces.dummy(), realm, request), Verdict::wrong);
  EXPECT_EQ(exchange.nonces.verify(*credentials, Ha1{}, realm, request), Verdict::wrong);
}

TEST(Digest, RefusesStrippedAnswers) {
  Exchange exchange;
  const std::string value = exchange.answered(1);
  EXPECT_EQ(exchange.verify(with(value, ", qop=auth", "")), Verdict::malformed);
  EXPECT_EQ(exchange.verify(with(value, "qop=auth", "qop=auth-int")), Verdict::malformed);
  EXPECT_EQ(exchange.verify(with(value, ", nc=00000001", "")), Verdict::malformed);
  EXPECT_EQ(exchange.verify(with(value, "nc=00000001", "nc=00000000")), Verdict::malformed);
  EXPECT_EQ(exchange.verify(with(value, "nc=00000001", "nc=0000000g")), Verdict::malformed);
  EXPECT_EQ(exchange.verify(with(value, "nc=00000001", "nc=100000001")), Verdict::malformed);
  EXPECT_EQ(exchange.verify(with(value, ", cnonce=\"c1\"", "")), Verdict::malformed);
  EXPECT_EQ(exchange.verify(with(value, "algorithm=MD5", "algorithm=SHA-256")), Verdict::malformed);  // The length does not fit.
  EXPECT_EQ(exchange.verify(with(value, "algorithm=MD5", "algorithm=MD4")), Verdict::malformed);
  EXPECT_EQ(exchange.verify(with(value, "response=\"", "response=\"0")), Verdict::malformed);
  EXPECT_EQ(exchange.verify(value + ", username=\"bob\""), Verdict::malformed);
  EXPECT_EQ(exchange.verify(value), Verdict::ok);
}

TEST(Digest, AnMd5NonceDoesNotServeSha256) {
  Exchange exchange;
  const auto values = exchange.challenge();
  const std::string crossed = with(values[1], "algorithm=MD5", "algorithm=SHA-256");
  const auto challenge = Challenge::parse(crossed);
  const auto value = answer(exchange.hasher, *challenge, {.user = "alice", .password = "secret"},
                            {.method = "REGISTER", .uri = uri, .cnonce = "c"});
  EXPECT_EQ(exchange.verify(*value), Verdict::stale);
}

TEST(Digest, ForgettingNeverOpensAReplay) {
  Nonces nonces(8);  // Two buckets of four.
  Hasher hasher;
  const HexHash md5 = make_ha1(hasher, Algorithm::md5, "alice", realm, "secret");
  const Nonces::Request request{.method = "REGISTER", .uri = uri, .source = source, .now = Monotonic(100s)};
  std::vector<std::string> used;
  for (int i = 0; i < 100; ++i) {
    std::string out;
    Writer writer(out);
    nonces.challenge(writer, {.realm = realm, .source = source, .now = request.now});
    const std::size_t second = out.find("\r\n") + 2;
    const std::string text = out.substr(second + 18, out.size() - second - 20);
    used.push_back(*answer(hasher, *Challenge::parse(text), {.user = "alice", .password = "secret"},
                           {.method = "REGISTER", .uri = uri, .cnonce = "c"}));
    EXPECT_EQ(nonces.verify(*Credentials::parse(used.back()), {.md5 = md5.view()}, realm, request), Verdict::ok);
  }
  for (const std::string& value : used) {
    const Verdict verdict = nonces.verify(*Credentials::parse(value), {.md5 = md5.view()}, realm, request);
    EXPECT_TRUE(verdict == Verdict::stale || verdict == Verdict::replay);
  }
}

TEST(Credentials, ParsesWhatPhonesSend) {
  const std::string bytes = sample("register.dat");
  const auto message = Message::parse(bytes);
  const auto credentials = find_credentials(*message, HeaderId::authorization, realm);
  ASSERT_TRUE(credentials);
  EXPECT_EQ(credentials->user, "alice");
  EXPECT_EQ(credentials->uri, uri);
  EXPECT_EQ(credentials->nc, 1U);
  EXPECT_EQ(credentials->algorithm, Algorithm::md5);
  EXPECT_FALSE(find_credentials(*message, HeaderId::authorization, "elsewhere"));
  EXPECT_FALSE(find_credentials(*message, HeaderId::proxy_authorization, realm));
  const auto odd = Credentials::parse(
      "DIGEST  username = \"a, b\" ,realm=\"r\",\r\n "
      "nonce=\"n\",URI=\"sip:x\",response=\"0\",algorithm=\"MD5\",qop=\"auth\",nc=1,x=y");
  ASSERT_TRUE(odd);
  EXPECT_EQ(odd->user, "a, b");
  EXPECT_TRUE(odd->has_qop);
  for (std::string_view text :
       {"", "Digest", "Digest ", "Basic YWxpY2U=", "Digest username", "Digest username=", "Digest username=\"a",
        "Digest username=\"a\" realm=\"r\"", "Digest username=\"a\",realm=\"r\",nonce=\"n\",uri=\"u\"", "Digest =a",
        "Digest username=\"a\",realm=\"r\",nonce=\\,uri=\"u\",response=\"x\"", "Digestusername=\"a\""}) {
    EXPECT_FALSE(Credentials::parse(text)) << text;
  }
}

TEST(Challenge, ChoosesTheFirstThatFits) {
  const std::string bytes =
      with(with(sample("ok.dat"), "SIP/2.0 200 OK", "SIP/2.0 407 Proxy"), "Contact",
           "Proxy-Authenticate: Digest realm=\"r\", nonce=\"1\", algorithm=SHA-512-256, qop=\"auth\"\r\n"
           "Proxy-Authenticate: Basic realm=\"r\"\r\n"
           "Proxy-Authenticate: Digest realm=\"r\", nonce=\"2\", algorithm=SHA-256, qop=\"auth-int,auth\"\r\n"
           "Proxy-Authenticate: Digest realm=\"r\", nonce=\"3\", algorithm=MD5, qop=\"auth\"\r\nContact");
  const auto response = Message::parse(bytes);
  ASSERT_TRUE(response);
  const auto challenge = choose_challenge(*response);
  ASSERT_TRUE(challenge);
  EXPECT_EQ(challenge->nonce, "2");
  const std::string none = with(sample("ok.dat"), "SIP/2.0 200 OK", "SIP/2.0 401 Unauthorized");
  EXPECT_TRUE(choose_challenge(*Message::parse(none)).error().is(Fault::bad_challenge));
}

}  // namespace
}  // namespace carillon::sip
