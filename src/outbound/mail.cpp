// SPDX-License-Identifier: GPL-3.0-or-later
// Nothing of a caller's is ever written into a header as it came.
#include "outbound/mail.hpp"

#include <algorithm>

#include <fmt/chrono.h>
#include <fmt/format.h>

#include "base/base64.hpp"
#include "base/id.hpp"
#include "base/utf8.hpp"

namespace carillon::outbound {
namespace {

constexpr std::size_t longest_name = 200;
constexpr std::size_t longest_subject = 400;
constexpr std::size_t longest_address = 254;  // RFC 5321 §4.5.3.1.3, without the brackets.
constexpr std::size_t most_attachments = 20;
constexpr std::string_view line_end = "\r\n";

/// One line of UTF-8, at most `most` bytes.
std::string one_line(std::string_view text, std::size_t most) {
  std::string line;
  while (!text.empty()) {
    const std::size_t length = utf8_length(text);
    const std::size_t step = std::max<std::size_t>(length, 1);
    if (line.size() + step > most) break;
    const auto first = static_cast<unsigned char>(text.front());
    const bool is_control = first < ' ' || first == 0x7f || (first == 0xc2 && static_cast<unsigned char>(text[1]) < 0xa0);
    if (length == 0)
      line += '?';
    else if (is_control)
      line += ' ';
    else
      line += text.substr(0, length);
    text.remove_prefix(step);
  }
  return line;
}

/// Valid UTF-8 whose lines end with CR LF.
std::string body_of(std::string_view text) {
  std::string body;
  while (!text.empty()) {
    const std::size_t length = utf8_length(text);
    if (text.front() == '\n')
      body += line_end;
    else if (length == 0)
      body += '?';
    else if (text.front() != '\r' && text.front() != '\0')
      body += text.substr(0, length);
    text.remove_prefix(std::max<std::size_t>(length, 1));
  }
  return body;
}

/// RFC 2047: words of at most 75 characters, no character in two of them, one on each line.
std::string encoded_words(std::string_view text) {
  constexpr std::size_t bytes_max = 45;  // 60 characters of base64
  std::string words;
  while (!text.empty()) {
    std::size_t length = 0;
    while (length < text.size()) {
      const std::size_t next = std::max<std::size_t>(utf8_length(text.substr(length)), 1);
      if (length + next > bytes_max) break;
      length += next;
    }
    if (!words.empty()) words += "\r\n ";
    words += fmt::format("=?UTF-8?B?{}?=", to_base64(text.substr(0, length)));
    text.remove_prefix(length);
  }
  return words;
}

/// Whether it can stand in a header as it is: letters, digits and what has no meaning there.
bool is_plain(std::string_view text) {
  constexpr std::size_t longest_plain = 60;
  const auto is_safe = [](char c) {
    return (c >= '0' && c <= '9') || (c >= 'A' && c <= 'Z') || (c >= 'a' && c <= 'z') || c == ' ' || c == '-' || c == '+';
  };
  return text.size() <= longest_plain && std::ranges::all_of(text, is_safe) && !text.starts_with(' ') && !text.ends_with(' ');
}

std::string header_text(std::string_view text) {
  return is_plain(text) ? std::string(text) : encoded_words(text);
}

std::string header_of(const Mailbox& mailbox) {
  const std::string name = one_line(mailbox.name, longest_name);
  if (name.empty()) return mailbox.address;
  return fmt::format("{}{}<{}>", header_text(name), is_plain(name) ? " " : "\r\n ", mailbox.address);
}

/// RFC 2045 §6.8, lines of 76.
std::string base64_lines(std::string_view bytes) {
  constexpr std::size_t line_bytes = 57;
  std::string lines;
  for (std::size_t at = 0; at < bytes.size(); at += line_bytes) {
    lines += to_base64(bytes.substr(at, line_bytes));
    lines += line_end;
  }
  return lines;
}

/// A body part: its headers, an empty line, its content.
std::string part(std::string_view type, std::string_view bytes, std::string_view disposition = {}) {
  std::string made = fmt::format("Content-Type: {}\r\nContent-Transfer-Encoding: base64\r\n", type);
  if (!disposition.empty()) made += fmt::format("Content-Disposition: {}\r\n", disposition);
  return made + "\r\n" + base64_lines(bytes);
}

std::string multipart(std::string_view kind, const std::vector<std::string>& parts) {
  // The dots and dashes of it cannot be in base64.
  const std::string boundary = fmt::format("--=_.{}", to_hex(random_bits()));
  std::string made = fmt::format("Content-Type: multipart/{}; boundary=\"{}\"\r\n\r\n", kind, boundary);
  for (const std::string& one : parts) made += fmt::format("--{}\r\n{}\r\n", boundary, one);
  return made + fmt::format("--{}--\r\n", boundary);
}

bool is_token(std::string_view text) {
  return !text.empty() && std::ranges::all_of(text, [](char c) {
    return (c >= '0' && c <= '9') || (c >= 'A' && c <= 'Z') || (c >= 'a' && c <= 'z') || c == '-' || c == '+' || c == '.';
  });
}

/// type/subtype; what is none is bytes.
std::string media_type(std::string_view type) {
  const std::size_t slash = type.find('/');
  const bool is_sound = slash != std::string_view::npos && type.size() <= 100 && is_token(type.substr(0, slash)) &&
                        is_token(type.substr(slash + 1)) && !type.starts_with("multipart") && !type.starts_with("message");
  return is_sound ? std::string(type) : "application/octet-stream";
}

/// RFC 2231 for what is not plain; a path is no part of a name.
std::string file_name(std::string_view name) {
  std::string line = one_line(name, longest_name);
  std::ranges::replace_if(line, [](char c) { return c == '/' || c == '\\' || c == '"'; }, '_');
  if (line.empty()) line = "attachment";
  const auto is_safe = [](char c) {
    return (c >= '0' && c <= '9') || (c >= 'A' && c <= 'Z') || (c >= 'a' && c <= 'z') || c == '-' || c == '_' || c == '.';
  };
  if (line.size() <= 60 && std::ranges::all_of(line, is_safe)) return fmt::format("filename=\"{}\"", line);
  std::string made;
  std::string piece;
  int number = 0;
  const auto end_piece = [&] {
    if (!piece.empty())
      made += fmt::format("{}filename*{}*={}{}", number == 0 ? "" : ";\r\n ", number, number == 0 ? "UTF-8''" : "", piece);
    ++number;
    piece.clear();
  };
  for (const char c : line) {
    piece += is_safe(c) ? std::string(1, c) : fmt::format("%{:02X}", static_cast<unsigned char>(c));
    if (piece.size() >= 50) end_piece();
  }
  end_piece();
  return made;
}

std::string content_of(const Mail& mail) {
  std::string content = part("text/plain; charset=utf-8", body_of(mail.text));
  if (!mail.html.empty()) content = multipart("alternative", {content, part("text/html; charset=utf-8", body_of(mail.html))});
  if (mail.attachments.empty()) return content;
  std::vector<std::string> parts{std::move(content)};
  for (const Attachment& attached : mail.attachments) {
    parts.push_back(part(media_type(attached.type), attached.bytes, "attachment;\r\n " + file_name(attached.name)));
  }
  return multipart("mixed", parts);
}

/// RFC 5322 §3.3, in UTC.
std::string date_of(Instant now) {
  return fmt::format("{:%a, %d %b %Y %H:%M:%S} +0000", std::chrono::floor<std::chrono::seconds>(now));
}

}  // namespace

bool is_mail_address(std::string_view text) {
  const std::size_t at = text.find('@');
  if (text.size() > longest_address || at == std::string_view::npos || at == 0 || at > 64) return false;
  const std::string_view host = text.substr(at + 1);
  const auto is_local = [](char c) { return c > ' ' && c < 0x7f && !std::string_view("()<>[]:;@\\,\"").contains(c); };
  const auto is_host = [](char c) {
    return (c >= '0' && c <= '9') || (c >= 'A' && c <= 'Z') || (c >= 'a' && c <= 'z') || c == '-' || c == '.';
  };
  return std::ranges::all_of(text.substr(0, at), is_local) && !host.empty() && std::ranges::all_of(host, is_host) &&
         !host.starts_with('.') && !host.ends_with('.') && !host.starts_with('-');
}

Result<Mailbox> Mailbox::parse(std::string_view text) {
  const std::size_t open = text.rfind('<');
  Mailbox mailbox{.name = {}, .address = std::string(text)};
  if (open != std::string_view::npos && text.ends_with('>')) {
    std::string_view name = text.substr(0, open);
    while (name.ends_with(' ')) name.remove_suffix(1);
    if (name.size() >= 2 && name.starts_with('"') && name.ends_with('"')) name = name.substr(1, name.size() - 2);
    mailbox = {.name = std::string(name), .address = std::string(text.substr(open + 1, text.size() - open - 2))};
  }
  if (!is_mail_address(mailbox.address)) return failure(Fault::bad_mail, "it is no mail address: write NAME <USER@HOST>");
  return mailbox;
}

Result<std::string> compose(const Mail& mail, Instant now) {
  for (const Mailbox* mailbox : {&mail.from, &mail.to}) {
    if (!is_mail_address(mailbox->address)) return failure(Fault::bad_mail, "a mail address is none");
  }
  if (mail.attachments.size() > most_attachments) return failure(Fault::bad_mail, "too many attachments");
  std::size_t bytes = mail.text.size() + mail.html.size();
  for (const Attachment& attached : mail.attachments) bytes += attached.bytes.size();
  if (bytes > mail_bytes_max / 3 * 2) return failure(Fault::bad_mail, "the mail is too large");
  const std::string_view host = std::string_view(mail.from.address).substr(mail.from.address.find('@') + 1);
  std::string message = fmt::format("Date: {}\r\nFrom: {}\r\nTo: {}\r\nSubject: {}\r\n", date_of(now), header_of(mail.from),
                                    header_of(mail.to), header_text(one_line(mail.subject, longest_subject)));
  message += fmt::format("Message-ID: <{}@{}>\r\n", to_hex(make_call_id(now)), host);
  // RFC 3834 §5: nobody's absence note answers it.
  message += "Auto-Submitted: auto-generated\r\nMIME-Version: 1.0\r\n";
  return message + content_of(mail);
}

}  // namespace carillon::outbound
