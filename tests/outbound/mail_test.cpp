// SPDX-License-Identifier: GPL-3.0-or-later
// Goal: whatever a caller calls itself, a mail has the headers and the recipient that we gave it (reliability T-50).
#include "outbound/mail.hpp"

#include <algorithm>

#include <gtest/gtest.h>

#include "base/base64.hpp"

namespace carillon::outbound {
namespace {

constexpr Instant now{std::chrono::seconds(1'750'000'000)};

Mail sample() {
  return {.from = {"Carillon", "pbx@democompany.com"},
          .to = {"Bob", "bob@democompany.com"},
          .subject = "New message",
          .text = "Hello\nworld\n"};
}

std::string composed(const Mail& mail) {
  const auto message = compose(mail, now);
  EXPECT_TRUE(message) << message.error().what;
  return message.value_or("");
}

/// Header lines, folded ones joined; everything in them is checked.
std::vector<std::string> headers_of(const std::string& message) {
  const std::size_t end = message.find("\r\n\r\n");
  EXPECT_NE(end, std::string::npos);
  std::vector<std::string> headers;
  for (std::size_t at = 0; at < end;) {
    const std::size_t line_end = message.find("\r\n", at);
    const std::string line = message.substr(at, line_end - at);
    EXPECT_LE(line.size(), 100U) << line;
    EXPECT_TRUE(std::ranges::all_of(line, [](char c) { return c >= ' ' && c < 0x7f; })) << line;
    if (line.starts_with(' ')) {
      EXPECT_FALSE(headers.empty());
      if (!headers.empty()) headers.back() += line;
    } else {
      headers.push_back(line);
    }
    at = line_end + 2;
  }
  return headers;
}

std::vector<std::string> names_of(const std::vector<std::string>& headers) {
  std::vector<std::string> names;
  for (const std::string& header : headers) names.push_back(header.substr(0, header.find(':')));
  return names;
}

/// What a reader sees of encoded words.
std::string decoded(std::string_view text) {
  std::string shown;
  while (!text.empty()) {
    constexpr std::string_view begin = "=?UTF-8?B?";
    if (!text.starts_with(begin)) {
      shown += text.front();
      text.remove_prefix(1);
      continue;
    }
    const std::size_t end = text.find("?=");
    shown += from_base64(text.substr(begin.size(), end - begin.size())).value_or("not base64");
    text.remove_prefix(end + 2);
    const std::size_t next = text.find_first_not_of(' ');
    if (next != std::string_view::npos && text.substr(next).starts_with(begin)) text.remove_prefix(next);
  }
  return shown;
}

std::string header(const std::vector<std::string>& headers, std::string_view name) {
  for (const std::string& one : headers) {
    if (one.starts_with(fmt::format("{}: ", name))) return one.substr(name.size() + 2);
  }
  return "none";
}

const std::string hostile_names[] = {
    "Bob\r\nBcc: all@democompany.com",
    "Bob\nBcc: all@democompany.com",
    "Bob\rBcc: all@democompany.com",
    "Bob\r\n\r\n<script>alert(1)</script>",
    "Bob\n\nbody",
    "Bob\r\n Bcc: folded@x.example",
    "\r\nSubject: other",
    "Bob\r\n.\r\nMAIL FROM:<x@x.example>",
    "Bob\r\n.\r\nQUIT\r\n",
    "Bob%0d%0aBcc: all@democompany.com",
    "Bob\\r\\nBcc: all@democompany.com",
    std::string("Bob\xe2\x80\xa8") + "Bcc: line separator",
    std::string("Bob\xe2\x80\xa9") + "Bcc: paragraph separator",
    std::string("Bob\xc2\x85") + "Bcc: next line",
    std::string("Bob\xc4\x8d\xc4\x8a") + "Bcc: overflow",
    std::string("Bob\xe5\x98\x8a\xe5\x98\x8d") + "Bcc: truncation",
    "Bob\vBcc: x",
    "Bob\fBcc: x",
    std::string("Bob\0Bcc: x", 10),
    "Bob\x1b[2J",
    "Bob\x7f",
    "Bob <mallory@x.example>",
    "Bob\" <mallory@x.example>, \"",
    "\"><mallory@x.example>",
    "mallory@x.example, bob",
    "a@x.example;b@x.example",
    "group: a@x.example;",
    "(comment) Bob",
    "Bob \\",
    "\"",
    "=?UTF-8?B?QmNjOiBhQHguZXhhbXBsZQ==?=",
    "=?UTF-8?Q?a=0D=0ABcc:_x?=",
    "=?UTF-8?B?",
    "?=",
    "\xff\xfe\xc3\x28",
    "\xc0\x8a\xc0\x8d",
    "\xed\xa0\x80",
    "\xf0\x9f\x98\x80\xf0\x9f\x98\x80 Jos\xc3\xa9",
    std::string("\xe2\x80\xae") + "moc.elpmaxe",
    std::string(5000, 'a'),
    std::string(300, '\n'),
    std::string(998, ' ') + "x",
    "<script>alert(1)</script>",
    "Content-Type: text/html",
    "--=_.0000000000000000--",
    "'; DROP TABLE users; --",
    "",
};

TEST(Mail, HasTheSameHeadersWhateverTheNames) {
  static_assert(std::size(hostile_names) >= 40);
  const std::vector<std::string> wanted{"Date",         "From",         "To",
                                        "Subject",      "Message-ID",   "Auto-Submitted",
                                        "MIME-Version", "Content-Type", "Content-Transfer-Encoding"};
  EXPECT_EQ(names_of(headers_of(composed(sample()))), wanted);
  for (const std::string& name : hostile_names) {
    Mail mail = sample();
    mail.from.name = mail.to.name = mail.subject = name;
    mail.text = name;
    const auto headers = headers_of(composed(mail));
    EXPECT_EQ(names_of(headers), wanted) << name;
    EXPECT_TRUE(header(headers, "To").ends_with("bob@democompany.com>") || name.empty()) << header(headers, "To");
    // One address, and no bracket or comma that could make another.
    EXPECT_EQ(std::ranges::count(header(headers, "To"), '@'), 1) << header(headers, "To");
    EXPECT_EQ(std::ranges::count(header(headers, "To"), ','), 0) << header(headers, "To");
  }
}

TEST(Mail, ShowsNamesAsTheyAre) {
  for (const std::string name : {"Bob Bobson", "José Ñandú", "山田太郎", "Bob (Office), \"the\" <boss>", "=?UTF-8?B?eA==?="}) {
    Mail mail = sample();
    mail.to.name = mail.subject = name;
    const auto headers = headers_of(composed(mail));
    EXPECT_EQ(decoded(header(headers, "To")), name + " <bob@democompany.com>");
    EXPECT_EQ(decoded(header(headers, "Subject")), name);
  }
  std::string longest;
  for (int i = 0; i < 60; ++i) longest += "é界";
  Mail mail = sample();
  mail.subject = longest;
  EXPECT_EQ(decoded(header(headers_of(composed(mail)), "Subject")), longest);
}

TEST(Mail, SaysWhenItWasWritten) {
  EXPECT_EQ(header(headers_of(composed(sample())), "Date"), "Sun, 15 Jun 2025 15:06:40 +0000");
}

TEST(Mail, RefusesAddressesThatAreNone) {
  for (const std::string address :
       {"", "bob", "@x.example", "bob@", "bob@x.example\r\nRCPT TO:<y@y.example>", "a b@x.example", "<bob@x.example>",
        "bob@x.example>", "bob@x@y.example", "bob@x.example,y@y.example", "bob\n@x.example", "bob@.x.example", "bob@x.example.",
        "b\xc3\xb3@x.example", "\"b b\"@x.example"}) {
    EXPECT_FALSE(is_mail_address(address)) << address;
    Mail mail = sample();
    mail.to.address = address;
    const auto message = compose(mail, now);
    EXPECT_TRUE(!message && message.error().is(Fault::bad_mail)) << address;
  }
  EXPECT_TRUE(is_mail_address("o'brien+tag@mail.x-y.example"));
}

TEST(Mail, ReadsMailboxes) {
  for (const auto& [text, name] : {std::pair{"a@x.example", ""},
                                   {"<a@x.example>", ""},
                                   {"Al B <a@x.example>", "Al B"},
                                   {"\"B, Al\" <a@x.example>", "B, Al"}}) {
    const auto mailbox = Mailbox::parse(text);
    ASSERT_TRUE(mailbox) << text;
    EXPECT_EQ(mailbox->name, name);
    EXPECT_EQ(mailbox->address, "a@x.example");
  }
  EXPECT_FALSE(Mailbox::parse("Al <a>"));
  EXPECT_FALSE(Mailbox::parse(""));
}

TEST(Mail, CarriesHtmlAndAttachments) {
  Mail mail = sample();
  mail.html = "<p>Hello</p>";
  mail.attachments = {{"message.wav", "audio/wav", std::string(100, '\0')},
                      {"../J\xc3\xb3se\r\nX: y\".wav", "audio/wav\r\nX: y", "RIFF"}};
  const std::string message = composed(mail);
  EXPECT_EQ(names_of(headers_of(message)).size(), 8U);
  EXPECT_TRUE(message.contains("Content-Type: multipart/mixed")) << message;
  EXPECT_TRUE(message.contains("Content-Type: multipart/alternative"));
  EXPECT_TRUE(message.contains(to_base64("Hello\r\nworld\r\n")));
  EXPECT_TRUE(message.contains(to_base64("<p>Hello</p>")));
  EXPECT_TRUE(message.contains("filename=\"message.wav\""));
  EXPECT_TRUE(message.contains("filename*0*=UTF-8''.._J%C3%B3se%20%20X%3A%20y_.wav")) << message;
  EXPECT_TRUE(message.contains("Content-Type: application/octet-stream\r\n"));
  EXPECT_FALSE(message.contains("\r\nX:"));
  mail.attachments.resize(21);
  EXPECT_FALSE(compose(mail, now));
  mail.attachments = {{"a", "b", std::string(mail_bytes_max, 'x')}};
  EXPECT_FALSE(compose(mail, now));
}

}  // namespace
}  // namespace carillon::outbound
