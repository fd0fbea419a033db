// SPDX-License-Identifier: GPL-3.0-or-later
// Goal: no spelling of a header name makes a header invisible to the lookup while another reader might see it, and no value
// carries a second header out through the writer (T-08, class C2).
#include "sample.hpp"
#include "sip/message.hpp"
#include "sip/writer.hpp"

namespace carillon::sip {
namespace {

constexpr std::string_view names[] = {"P-Asserted-Identity", "P-Preferred-Identity",
                                      "Remote-Party-ID",     "Diversion",
                                      "History-Info",        "Route",
                                      "Record-Route",        "Path",
                                      "Service-Route",       "Call-Info",
                                      "Alert-Info",          "Identity",
                                      "Referred-By",         "Replaces",
                                      "X-Carillon-Tenant"};

std::string upper(std::string_view text) {
  std::string out(text);
  for (char& c : out) c = c >= 'a' && c <= 'z' ? static_cast<char>(c - 32) : c;
  return out;
}

std::string alternating(std::string_view text) {
  std::string out(text);
  for (std::size_t i = 0; i < out.size(); i += 2)
    out[i] = out[i] >= 'a' && out[i] <= 'z' ? static_cast<char>(out[i] - 32) : out[i];
  return out;
}

/// The lookup must find the header under its plain name.
void expect_seen(std::string_view name, const std::string& line) {
  const std::string bytes = with(sample("invite.dat"), "CSeq", line + "CSeq");
  const auto message = Message::parse(bytes);
  ASSERT_TRUE(message) << line << message.error().what;
  EXPECT_TRUE(message->first(name)) << line;
}

/// Or the whole message is refused.
void expect_refused(const std::string& line) {
  const std::string bytes = with(sample("invite.dat"), "CSeq", line + "CSeq");
  const auto message = Message::parse(bytes);
  EXPECT_FALSE(message) << line;
}

TEST(Smuggling, OddSpellingsAreSeen) {
  for (std::string_view name : names) {
    for (const std::string& spelled : {std::string(name), upper(name), alternating(name)}) {
      for (std::string_view colon : {":", ": ", " : ", "\t:", " \t : ", ":\t", ":\r\n ", ":\r\n\t", " :\r\n  "}) {
        expect_seen(name, spelled + std::string(colon) + "<sip:evil@example.net>\r\n");
      }
    }
  }
}

TEST(Smuggling, CompactFormsAreSeen) {
  for (std::string_view line : {"y: x\r\n", "Y : x\r\n", "y\t:x\r\n"}) expect_seen("Identity", std::string(line));
  for (std::string_view line : {"b: <sip:a@b>\r\n", "B: <sip:a@b>\r\n", "b  :<sip:a@b>\r\n"})
    expect_seen("Referred-By", std::string(line));
  for (std::string_view line : {"k: x\r\n", "K :x\r\n"}) expect_seen("Supported", std::string(line));
}

TEST(Smuggling, NamesWithForeignBytesAreRefused) {
  const std::string value = ": <sip:evil@example.net>\r\n";
  for (std::string_view name : names) {
    const std::string text(name);
    for (char c : {'\0', '\x01', '\x0b', '\x0c', '\x7f', '\r', '\n', '"', '(', ',', ';', '<', '=', '@', '[', '\\', '\x80', '\xa0',
                   '\xff'}) {
      expect_refused(text + c + value);
      expect_refused(c + text + value);
      expect_refused(text.substr(0, 2) + c + text.substr(2) + value);
    }
    expect_refused(text.substr(0, 2) + " " + text.substr(2) + value);  // A blank inside the name.
    expect_refused(text + "\r\n " + value);                            // A fold before the colon.
    expect_refused(text + " \r\n" + value);
    expect_refused(text + "\r" + value);
  }
}

TEST(Smuggling, LinesThatEndOddlyAreRefused) {
  for (std::string_view name : names) {
    const std::string header = std::string(name) + ": <sip:evil@example.net>";
    expect_refused("Subject: a\n" + header + "\r\n");    // A bare LF.
    expect_refused("Subject: a\r" + header + "\r\n");    // A bare CR.
    expect_refused("Subject: a\n\r" + header + "\r\n");  // Reversed.
    expect_refused("Subject: a\r\r\n" + header + "\r\n");
    expect_refused("Subject: a\\\n" + header + "\r\n");  // A backslash before it does not help.
    expect_refused(std::string("Subject: a\0", 11) + header + "\r\n");
    expect_refused("Subject: a\r\n \r\n" + header +
                   "\r\n");  // A continuation of blanks, which some take for the end of the headers.
  }
}

TEST(Smuggling, PercentEncodedNamesStayUnknown) {
  const std::string bytes = with(sample("invite.dat"), "CSeq", "R%6Fute: <sip:evil@example.net>\r\nCSeq");
  const auto message = Message::parse(bytes);
  ASSERT_TRUE(message);
  EXPECT_FALSE(message->has(HeaderId::route));
  EXPECT_TRUE(message->first("r%6fute"));
}

TEST(Smuggling, DoubledLengthsAreRefused) {
  for (std::string_view line : {"Content-Length: 0\r\n", "content-length : 0\r\n", "l:0\r\n", "L :\r\n 0\r\n"})
    expect_refused(std::string(line));
}

TEST(Smuggling, ValuesCannotLeaveTheirLine) {
  for (std::string_view attack :
       {"x\r\nRoute: <sip:evil>", "x\nRoute: <sip:evil>", "x\rRoute: <sip:evil>", "\r\nRoute: <sip:evil>", "x\r\n\r\nbody",
        "x\\\r\nRoute: <sip:evil>", "x\r\n Route: <sip:evil>"}) {
    std::string out;
    Writer writer(out);
    writer.request_line(Method::options, "sip:bob@example.com");
    writer.via("UDP", attack, attack);
    writer.address(HeaderId::from, attack, "sip:a@b", attack);
    writer.address(HeaderId::to, "", "sip:a@b");
    writer.header(HeaderId::call_id, "c1");
    writer.cseq(1, Method::options);
    writer.header(HeaderId::subject, attack);
    writer.header("X-Note", attack);
    writer.header(HeaderId::user_agent, {attack, attack});
    writer.end();
    EXPECT_EQ(out.find("\nRoute"), std::string::npos) << out;
    EXPECT_EQ(out.find("\r\n\r\n"), out.size() - 4) << out;
    std::size_t lines = 0;
    for (std::size_t i = 0; i < out.size(); ++i) {
      if (out[i] == '\n') EXPECT_EQ(out[i - 1], '\r');
      if (out[i] == '\r') EXPECT_EQ(out[i + 1], '\n');
      lines += out[i] == '\n' ? 1 : 0;
    }
    EXPECT_EQ(lines, 11U) << out;
  }
}

}  // namespace
}  // namespace carillon::sip
