// SPDX-License-Identifier: GPL-3.0-or-later
// Goal: 20,000 generated malformed messages are read, refused or answered without a fault; whatever is accepted keeps what
// parse() promises, whatever leaves is one well-framed response, and a stream of them is cut the same way however it arrives.
#include <gtest/gtest.h>

#include "sip/acceptable.hpp"
#include "sip/digest.hpp"
#include "sip/message.hpp"
#include "sip/stream_framer.hpp"
#include "sip/writer.hpp"
#include "support/malformed_messages.hpp"

namespace carillon::sip {
namespace {

constexpr int count = 20'000;

std::string answer_to(const Message& request, int status) {
  std::string out;
  Writer writer(out);
  write_response_head(writer, request, {.status = status, .to_tag = "t1", .source_host = "192.0.2.1", .source_port = 5060});
  writer.end();
  return out;
}

std::size_t walk(const Message& message) {
  std::size_t bytes = message.via().branch.size() + message.from().display_text().size() + unescape(message.to().uri.user).size();
  for (std::size_t i = 0; i < message.header_count(); ++i) {
    const Header line = message.header(i);
    EXPECT_FALSE(line.name.empty());
    for (std::string_view value : message.values(line.id)) bytes += value.size();
  }
  if (const auto contacts = message.contacts()) bytes += contacts->size();
  for (HeaderId id : {HeaderId::authorization, HeaderId::proxy_authorization})
    for (std::string_view value : message.values(id)) bytes += Credentials::parse(value) ? 1 : 0;
  return bytes + static_cast<std::size_t>(unacceptable_status(message)) + OwnedMessage(message)->raw().size();
}

TEST(Malformed, IsReadRefusedOrAnswered) {
  test::MalformedMessages generator(1);
  int accepted = 0;
  int refused = 0;
  for (int i = 0; i < count; ++i) {
    const std::string bytes = generator.next();
    SCOPED_TRACE(i);
    if (const auto message = Message::parse(bytes)) {
      ++accepted;
      EXPECT_GT(walk(*message), 0U);
      if (!message->is_request()) continue;
      const auto response = Message::parse(answer_to(*message, 200));
      if (!response) EXPECT_TRUE(response.error().is(Fault::header_too_large)) << response.error().what;
    } else if (const auto request = Message::for_refusal(bytes)) {
      ++refused;
      const std::string out = answer_to(*request, 400);
      EXPECT_EQ(out.find("\r\n\r\n"), out.size() - 4) << out;
    }
  }
  // The generator is worth something only while it reaches both sides.
  EXPECT_GT(accepted, count / 10);
  EXPECT_GT(refused, count / 5);
}

TEST(Malformed, IsTheSameForTheSameSeed) {
  test::MalformedMessages one(7);
  test::MalformedMessages two(7);
  for (int i = 0; i < 100; ++i) EXPECT_EQ(one.next(), two.next());
}

/// What a stream yields when it arrives in pieces of this size: the messages, and whether it broke.
std::pair<std::vector<std::string>, bool> cut(std::string_view stream, std::size_t piece) {
  StreamFramer framer;
  std::vector<std::string> found;
  for (; !stream.empty(); stream.remove_prefix(std::min(piece, stream.size()))) {
    framer.feed(stream.substr(0, piece));
    for (;;) {
      auto item = framer.next();
      if (!item) return {found, true};
      if (!*item) break;
      if ((*item)->kind == StreamFramer::Kind::message) found.emplace_back((*item)->bytes);
    }
  }
  return {found, false};
}

TEST(Malformed, IsCutFromAStreamTheSameWayHoweverItArrives) {
  test::MalformedMessages generator(3);
  for (int i = 0; i < 500; ++i) {
    SCOPED_TRACE(i);
    const std::string stream = generator.next() + generator.next() + generator.next();
    const auto whole = cut(stream, stream.size());
    EXPECT_EQ(cut(stream, 7), whole);
    EXPECT_EQ(cut(stream, 1461), whole);
  }
}

}  // namespace
}  // namespace carillon::sip
