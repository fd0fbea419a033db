// SPDX-License-Identifier: GPL-3.0-or-later
// Goal: a mail server gets exactly one message with its envelope, a password stays where it belongs, and what fails says whether
// to try again.
#include "outbound/mail_sender.hpp"

#include "scripted_server.hpp"
#include "support/temporary_directory.hpp"

namespace carillon::outbound {
namespace {

using testing::Connection;
using testing::ScriptedServer;

Mail sample() {
  return {.from = {"Carillon", "pbx@democompany.com"},
          .to = {"Bob\r\nRCPT TO:<x@x.example>", "bob@democompany.com"},
          .subject = "Hello",
          .text = ".\n..\nQUIT\n"};
}

/// A server that notes what it was told and answers `answers` where a command begins so.
class SmtpServer {
 public:
  explicit SmtpServer(std::map<std::string, std::string> answers = {}) : answers_(std::move(answers)) {}

  Result<> send(std::string_view credentials = {}, const Mail& mail = sample(), const std::string& password = {}) {
    const Secret url(fmt::format("smtp://{}127.0.0.1:{}", credentials, server_.port()));
    auto sender = MailSender::make({.url = url, .password = Secret(password), .whole_limit = 1s});
    if (!sender) return std::unexpected(sender.error());
    return (*sender)->send(mail, Instant(std::chrono::seconds(1'750'000'000)));
  }
  /// Without EHLO, whose name is the machine's.
  std::vector<std::string> commands;
  std::string message;

 private:
  std::string answer_to(const std::string& line) {
    for (const auto& [begin, answer] : answers_) {
      if (line.starts_with(begin)) return answer;
    }
    if (line.starts_with("DATA")) return "354 go on";
    return line.starts_with("QUIT") ? "221 bye" : "250 fine";
  }
  void converse(Connection& connection) {
    connection.write(answer_to("greeting") == "250 fine" ? "220 ready\r\n" : answer_to("greeting") + "\r\n");
    while (true) {
      const std::string line = connection.read_until("\r\n");
      if (!line.ends_with("\r\n")) return;
      if (!line.starts_with("EHLO")) commands.push_back(line.substr(0, line.size() - 2));
      const std::string answer = answer_to(line);
      if (answer == "silence") return connection.wait_for_end();
      connection.write(answer + "\r\n");
      if (line.starts_with("DATA") && answer.starts_with("354")) {
        message = connection.read_until("\r\n.\r\n");
        connection.write(answer_to("message") + "\r\n");
      }
      if (line.starts_with("QUIT")) return;
    }
  }
  std::map<std::string, std::string> answers_;
  ScriptedServer server_{[this](Connection& connection) { converse(connection); }};
};

std::string_view code_of(const Result<>& result) {
  return result ? "sent" : result.error().code;
}

TEST(MailSender, SendsOneMessageToOneRecipient) {
  SmtpServer server;
  const auto sent = server.send();
  ASSERT_TRUE(sent) << sent.error().what;
  EXPECT_EQ(server.commands,
            (std::vector<std::string>{"MAIL FROM:<pbx@democompany.com>", "RCPT TO:<bob@democompany.com>", "DATA", "QUIT"}));
  EXPECT_TRUE(server.message.contains("Subject: Hello\r\n")) << server.message;
}

TEST(MailSender, LogsInWhereItMay) {
  SmtpServer server({{"EHLO", "250-here\r\n250 AUTH PLAIN LOGIN"}, {"AUTH", "235 welcome"}});
  ASSERT_TRUE(server.send("us%40er:pa%3Ass@"));
  // RFC 4616: NUL user NUL password
  ASSERT_FALSE(server.commands.empty());
  EXPECT_EQ(server.commands.front(), "AUTH PLAIN AHVzQGVyAHBhOnNz");
  SmtpServer other({{"EHLO", "250-here\r\n250 AUTH PLAIN LOGIN"}, {"AUTH", "235 welcome"}});
  ASSERT_TRUE(other.send("us%40er:wrong@", sample(), "pa:ss"));
  EXPECT_EQ(other.commands.front(), "AUTH PLAIN AHVzQGVyAHBhOnNz");
}

TEST(MailSender, SaysWhetherToTryAgain) {
  const auto code = [](const std::map<std::string, std::string>& answers) {
    SmtpServer server(answers);
    return std::string(code_of(server.send()));
  };
  EXPECT_EQ(code({{"RCPT", "550 nobody"}}), "outbound.rejected");
  EXPECT_EQ(code({{"RCPT", "450 later"}}), "outbound.deferred");
  EXPECT_EQ(code({{"MAIL", "451 later"}}), "outbound.deferred");
  EXPECT_EQ(code({{"message", "554 spam"}}), "outbound.rejected");
  EXPECT_EQ(code({{"DATA", "silence"}}), "outbound.too_slow");
  EXPECT_EQ(code({{"greeting", "HTTP/1.1 400 Bad"}}), "outbound.too_slow");
  const Secret closed("smtp://127.0.0.1:1");
  EXPECT_EQ(code_of((*MailSender::make({.url = closed}))->send(sample(), {})), "outbound.unreachable");
}

TEST(MailSender, NeverShowsAPassword) {
  SmtpServer server({{"EHLO", "250-here\r\n250 AUTH PLAIN"}, {"AUTH", "535 no, not with hunter2"}});
  const auto refused = server.send("user:hunter2@");
  ASSERT_FALSE(refused);
  EXPECT_FALSE(refused.error().what.contains("hunter2")) << refused.error().what;
  for (const std::string url : {"http://user:hunter2@x.example/", "smtp://user:hunter2@", "smtp:user:hunter2"}) {
    const auto made = MailSender::make({.url = Secret(url)});
    if (!made) EXPECT_FALSE(made.error().what.contains("hunter2")) << url;
  }
  EXPECT_FALSE(MailSender::make({.url = Secret("http://x.example/")}));
}

TEST(MailSender, KnowsAUrlWithAPassword) {
  for (const std::string_view url :
       {"smtp://a:b@x.example", "smtps://a:b@x.example:465/", "smtp://:b@x.example", "smtp://a:b:c@x.example"})
    EXPECT_TRUE(has_password(url)) << url;
  for (const std::string_view url : {"smtp://x.example:25", "smtp://a@x.example:25", "smtp://x.example/a:b@c", "", "smtp:"})
    EXPECT_FALSE(has_password(url)) << url;
}

TEST(MailSender, TakesThePasswordFromAFile) {
  const carillon::testing::TemporaryDirectory directory;
  const auto file = directory.path() / "password";
  std::ofstream(file) << "pa:ss\nmore\n";
  EXPECT_EQ(mail_options("smtp://x.example", file.string())->password.reveal(), "pa:ss");
  EXPECT_FALSE(mail_options("smtp://x.example", (directory.path() / "absent").string()));
}

}  // namespace
}  // namespace carillon::outbound
