// SPDX-License-Identifier: GPL-3.0-or-later
// What the message layer costs: nanoseconds of CPU per operation, the best of several rounds, so that a busy machine disturbs
// little.
#include <fmt/format.h>
#include <sys/resource.h>

#include <algorithm>
#include <fstream>
#include <iterator>
#include <string>

#include "base/assert.hpp"
#include "sip/digest.hpp"
#include "sip/message.hpp"
#include "sip/stream_framer.hpp"
#include "sip/writer.hpp"

namespace carillon::sip {
namespace {

double cpu_nanoseconds() {
  rusage usage{};
  getrusage(RUSAGE_SELF, &usage);
  return static_cast<double>(usage.ru_utime.tv_sec + usage.ru_stime.tv_sec) * 1e9 +
         static_cast<double>(usage.ru_utime.tv_usec + usage.ru_stime.tv_usec) * 1e3;
}

std::string sample(const std::string& name) {
  std::ifstream file(std::string(CARILLON_TEST_DATA) + "/sip/" + name, std::ios::binary);
  return {std::istreambuf_iterator<char>(file), {}};
}

/// Calls `operation` often and prints what one call costs. It returns a number so that nothing is optimised away.
template <class Operation>
void measure(std::string_view name, Operation operation) {
  constexpr int rounds = 7;
  constexpr int calls = 100'000;
  double best = 1e18;
  std::size_t sum = 0;
  for (int round = 0; round < rounds; ++round) {
    const double start = cpu_nanoseconds();
    for (int i = 0; i < calls; ++i) sum += operation();
    best = std::min(best, (cpu_nanoseconds() - start) / calls);
  }
  CARILLON_ASSERT(sum != 0);
  fmt::print("{:<36} {:>8.0f} ns\n", name, best);
}

void measure_messages() {
  const std::string invite = sample("invite.dat");
  const std::string registration = sample("register.dat");
  const std::string ok = sample("ok.dat");
  measure("parse INVITE with SDP", [&] { return Message::parse(invite)->header_count(); });
  measure("parse REGISTER", [&] { return Message::parse(registration)->header_count(); });
  measure("parse 200 with SDP", [&] { return Message::parse(ok)->header_count(); });
  const Message request = *Message::parse(invite);
  measure("transaction key (top Via)", [&] { return request.via().branch.size(); });
  measure("From and To", [&] { return request.from().uri.user.size() + request.to().uri.user.size(); });
  measure("Contact", [&] { return request.contact()->address.uri.host.size(); });
  measure("copy into OwnedMessage", [&] { return OwnedMessage(request)->header_count(); });
  StreamFramer framer;
  measure("frame INVITE from a stream", [&] {
    framer.feed(invite);
    const std::size_t size = (*framer.next())->bytes.size();
    return size + (framer.next()->has_value() ? 1 : 0);
  });
  std::string out;
  measure("write response head", [&] {
    out.clear();
    Writer writer(out);
    write_response_head(writer, request,
                        {.status = 180, .to_tag = "abcdef012345", .source_host = "192.0.2.10", .source_port = 5060});
    writer.end();
    return out.size();
  });
  measure("write INVITE with SDP", [&] {
    out.clear();
    Writer writer(out);
    writer.request_line(Method::invite, "sip:102@192.0.2.20:5060");
    writer.via("UDP", "192.0.2.1:5060", "z9hG4bK-524287-1---d8754z2f1c");
    writer.header(HeaderId::max_forwards, 70);
    writer.address(HeaderId::from, "Alice Alison", "sip:101@users.democompany.com", "abcdef012345");
    writer.address(HeaderId::to, "", "sip:102@users.democompany.com");
    writer.header(HeaderId::call_id, "81f0d3b6a9c84e1fb2");
    writer.cseq(1, Method::invite);
    writer.header(HeaderId::contact, "<sip:c.1a2b3c4d@192.0.2.1:5060>");
    writer.header(HeaderId::allow, "INVITE, ACK, BYE, CANCEL, OPTIONS, PRACK, UPDATE, INFO, REFER, NOTIFY, MESSAGE");
    writer.header(HeaderId::supported, "replaces, timer, 100rel");
    writer.body("application/sdp", request.body());
    return out.size();
  });
}

void measure_digests() {
  constexpr std::string_view realm = "users.democompany.com";
  constexpr std::string_view uri = "sip:users.democompany.com";
  Nonces nonces;
  Hasher hasher;
  const Monotonic now(1000s);
  std::string out;
  measure("write both challenges", [&] {
    out.clear();
    Writer writer(out);
    nonces.challenge(writer, {.realm = realm, .source = "192.0.2.10", .now = now});
    return out.size();
  });
  const std::string lines = out;
  for (Algorithm algorithm : {Algorithm::sha256, Algorithm::md5}) {
    const bool md5 = algorithm == Algorithm::md5;
    const std::size_t at = lines.find("Digest", md5 ? lines.find("\r\n") : 0);
    const auto challenge = Challenge::parse(std::string_view(lines).substr(at, lines.find("\r\n", at) - at));
    CARILLON_ASSERT(challenge && challenge->algorithm == algorithm);
    const HexHash hash = make_ha1(hasher, algorithm, "alice", realm, "alice");
    const Ha1 ha1{.sha256 = md5 ? std::string_view() : hash.view(), .md5 = md5 ? hash.view() : std::string_view()};
    const std::string value =
        *answer(hasher, *challenge, {.user = "alice", .password = "alice"}, {.method = "REGISTER", .uri = uri, .cnonce = "c1"});
    measure(md5 ? "parse credentials, MD5" : "parse credentials, SHA-256",
            [&] { return Credentials::parse(value)->user.size(); });
    const auto credentials = Credentials::parse(value);
    measure(md5 ? "verify, MD5" : "verify, SHA-256", [&] {
      const Verdict verdict =
          nonces.verify(*credentials, ha1, realm, {.method = "REGISTER", .uri = uri, .source = "192.0.2.10", .now = now});
      return verdict == Verdict::ok || verdict == Verdict::replay ? 1U : 0U;
    });
  }
}

}  // namespace
}  // namespace carillon::sip

int main() {
  carillon::sip::measure_messages();
  carillon::sip::measure_digests();
}
