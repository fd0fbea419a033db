// SPDX-License-Identifier: GPL-3.0-or-later
// Prints what we see in SIP messages, for comparison with what others see in the same bytes: those of the files named, and as
// many malformed ones as wanted, made from these by a seed.
//
//     carillon_header_view SEED COUNT FILE...
//
// One line for each message that the parser takes; texts in hexadecimal, fields parted by a blank: the message as it came, From,
// To, Call-ID, number and method of CSeq, length of the body, the names of all headers in order, parted by commas, and the
// tags of From and To.
#include <charconv>
#include <cstdio>
#include <fstream>
#include <iterator>
#include <string>
#include <string_view>
#include <vector>

#include "sip/message.hpp"
#include "support/malformed_messages.hpp"

namespace {

using carillon::sip::HeaderId;
using carillon::sip::Message;

constexpr std::size_t datagram_max = 65000;

std::string hex(std::string_view text) {
  std::string out;
  for (const char c : text) out += fmt::format("{:02x}", static_cast<unsigned char>(c));
  return out.empty() ? "-" : out;
}

void print(std::string_view bytes) {
  const auto message = Message::parse(bytes);
  if (!message || bytes.size() > datagram_max) return;
  std::string names;
  for (std::size_t i = 0; i < message->header_count(); ++i) names += (i == 0 ? "" : ",") + hex(message->header(i).name);
  fmt::print("{} {} {} {} {} {} {} {} {} {}\n", hex(bytes), hex(message->first(HeaderId::from).value_or("")),
             hex(message->first(HeaderId::to).value_or("")), hex(message->call_id()), message->cseq_number(),
             hex(message->method_name()), message->body().size(), names, hex(message->from_tag()), hex(message->to_tag()));
}

}  // namespace

int main(int argc, char** argv) {
  std::uint64_t seed = 0;
  std::size_t count = 0;
  std::vector<std::string> samples;
  for (int i = 1; i < argc; ++i) {
    const std::string_view argument(argv[i]);
    if (i == 1) std::from_chars(argument.begin(), argument.end(), seed);
    if (i == 2) std::from_chars(argument.begin(), argument.end(), count);
    if (i <= 2) continue;
    std::ifstream file(argv[i], std::ios::binary);
    samples.emplace_back(std::istreambuf_iterator<char>(file), std::istreambuf_iterator<char>());
  }
  for (const std::string& sample : samples) print(sample);
  carillon::test::MalformedMessages malformed(seed);
  for (std::size_t i = 0; i < count; ++i)
    print(i % 2 == 0 || samples.empty() ? malformed.next() : malformed.next_of(samples[i / 2 % samples.size()]));
  return samples.empty() ? 1 : 0;
}
