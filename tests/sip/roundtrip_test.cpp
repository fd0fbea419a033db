// SPDX-License-Identifier: GPL-3.0-or-later
// Goal: for random messages, parse(write(x)) == x, in one piece, cut in pieces on a stream, and mirrored by a response.
#include <random>

#include "sample.hpp"
#include "sip/message.hpp"
#include "sip/stream_framer.hpp"
#include "sip/writer.hpp"

namespace carillon::sip {
namespace {

struct Fields {
  Method method = Method::invite;
  std::string user, display, tag, call_id, branch, subject, body;
  std::uint32_t cseq = 0;
  std::vector<std::string> routes;
  std::vector<std::pair<std::string, std::string>> extra;
};

class Random {
 public:
  explicit Random(std::uint32_t seed) : engine_(seed) {}
  std::size_t below(std::size_t n) { return std::uniform_int_distribution<std::size_t>(0, n - 1)(engine_); }
  std::string text(std::string_view alphabet, std::size_t least, std::size_t most) {
    std::string out(least + below(most - least + 1), ' ');
    for (char& c : out) c = alphabet[below(alphabet.size())];
    return out;
  }

 private:
  std::mt19937 engine_;
};

Fields random_fields(Random& random) {
  constexpr std::string_view token = "abcXYZ019-.!%*_+`'~";
  constexpr std::string_view word = "abcXYZ019-.!%*_+`'~()<>:\\\"/[]?{}";
  Fields fields;
  fields.method = static_cast<Method>(1 + random.below(14));
  fields.user = escape_user(random.text("abc019+#*@ :;%\"<>é", 1, 20));
  fields.display = random.text("abc \"\\<>,;@é", 0, 20);
  fields.tag = random.text(token, 1, 20);
  fields.call_id = random.text(word, 1, 30);
  fields.branch = "z9hG4bK" + random.text(token, 1, 20);
  fields.subject = "s" + random.text("ab ,;:\"<>\\", 0, 40) + "s";
  fields.body = random.text(std::string_view("ab\r\n\0v=", 7), 0, 300);
  fields.cseq = static_cast<std::uint32_t>(random.below(0x80000000U));
  for (std::size_t i = random.below(5); i > 0; --i)
    fields.routes.push_back("<sip:" + escape_user(random.text("ab,;<", 1, 9)) + "@h.example;lr>");
  for (std::size_t i = random.below(70); i > 0; --i)
    fields.extra.emplace_back("x" + random.text(token, 3, 20), "v" + random.text("ab,;\"", 0, 9) + "v");
  return fields;
}

std::string write(const Fields& fields) {
  std::string out;
  Writer writer(out);
  const std::string uri = "sip:" + fields.user + "@example.com";
  writer.request_line(fields.method, uri);
  writer.via("TCP", "192.0.2.1", fields.branch);
  writer.address(HeaderId::from, fields.display, uri, fields.tag);
  writer.address(HeaderId::to, "", uri);
  writer.header(HeaderId::call_id, fields.call_id);
  writer.cseq(fields.cseq, fields.method);
  writer.header(HeaderId::subject, fields.subject);
  for (const std::string& route : fields.routes) writer.header(HeaderId::route, route);
  for (const auto& [name, value] : fields.extra) writer.header(name, value);
  writer.body("text/plain", fields.body);
  return out;
}

void expect_same(const Message& message, const Fields& fields) {
  EXPECT_EQ(message.method(), fields.method);
  EXPECT_EQ(message.request_uri().user, fields.user);
  EXPECT_EQ(message.from().display_text(), fields.display);
  EXPECT_EQ(message.from_tag(), fields.tag);
  EXPECT_EQ(message.call_id(), fields.call_id);
  EXPECT_EQ(message.via().branch, fields.branch);
  EXPECT_EQ(message.cseq_number(), fields.cseq);
  EXPECT_EQ(message.first(HeaderId::subject), fields.subject);
  EXPECT_EQ(message.body(), fields.body);
  std::vector<std::string> routes;
  for (std::string_view route : message.values(HeaderId::route)) routes.emplace_back(route);
  EXPECT_EQ(routes, fields.routes);
  for (const auto& [name, value] : fields.extra) EXPECT_TRUE(message.first(name)) << name;
}

TEST(RoundTrip, ParseWriteParse) {
  for (std::uint32_t seed = 0; seed < 2000; ++seed) {
    SCOPED_TRACE(seed);
    Random random(seed);
    const Fields fields = random_fields(random);
    const std::string bytes = write(fields);
    const auto message = Message::parse(bytes);
    ASSERT_TRUE(message) << message.error().what << "\n" << bytes;
    expect_same(*message, fields);
    std::string answer;
    Writer writer(answer);
    write_response_head(writer, *message, {.status = 200, .to_tag = "t", .source_host = "192.0.2.1", .source_port = 5060});
    writer.end();
    const auto response = Message::parse(answer);
    ASSERT_TRUE(response) << response.error().what << "\n" << answer;
    EXPECT_EQ(response->call_id(), fields.call_id);
    EXPECT_EQ(response->from_tag(), fields.tag);
    EXPECT_EQ(response->to_tag(), "t");
    EXPECT_EQ(response->via().branch, fields.branch);
    EXPECT_EQ(response->method(), fields.method);
  }
}

TEST(RoundTrip, AnyDivisionOfAStream) {
  for (std::uint32_t seed = 0; seed < 300; ++seed) {
    SCOPED_TRACE(seed);
    Random random(seed);
    std::vector<Fields> sent;
    std::string stream;
    std::size_t pings = 0;
    for (int i = 0; i < 5; ++i) {
      sent.push_back(random_fields(random));
      stream += write(sent.back());
      for (std::size_t n = random.below(3); n > 0; --n, ++pings) stream += "\r\n\r\n";
      if (random.below(2) == 0) stream += "\r\n";
    }
    StreamFramer framer;
    std::size_t received = 0;
    std::size_t pings_seen = 0;
    for (std::size_t at = 0; at < stream.size();) {
      const std::string piece = stream.substr(at, 1 + random.below(900));
      at += piece.size();
      framer.feed(piece);
      for (auto item = framer.next();; item = framer.next()) {
        ASSERT_TRUE(item) << item.error().what;
        if (!*item) break;
        if ((*item)->kind == StreamFramer::Kind::ping) {
          ++pings_seen;
          continue;
        }
        const auto message = Message::parse((*item)->bytes);
        ASSERT_TRUE(message) << message.error().what;
        ASSERT_LT(received, sent.size());
        expect_same(*message, sent[received++]);
      }
    }
    EXPECT_EQ(received, sent.size());
    EXPECT_EQ(pings_seen, pings);
    EXPECT_FALSE(framer.mid_message());
  }
}

}  // namespace
}  // namespace carillon::sip
