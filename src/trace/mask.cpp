// SPDX-License-Identifier: GPL-3.0-or-later
// Goes through a message line by line, without believing that it is well-formed: what cannot be understood is masked whole.
#include "trace/mask.hpp"

#include <array>
#include <cctype>
#include <string_view>

namespace carillon::trace {

namespace {

constexpr char cover = 'x';

bool is_space(char c) {
  return c == ' ' || c == '\t';
}

char lower(char c) {
  return c >= 'A' && c <= 'Z' ? static_cast<char>(c - 'A' + 'a') : c;
}

/// `word` is in lower case.
bool begins(std::string_view text, std::string_view word) {
  if (text.size() < word.size()) return false;
  for (std::size_t i = 0; i < word.size(); ++i)
    if (lower(text[i]) != word[i]) return false;
  return true;
}

std::size_t find(std::string_view text, std::string_view word, std::size_t from = 0) {
  for (std::size_t at = from; at + word.size() <= text.size(); ++at)
    if (begins(text.substr(at), word)) return at;
  return std::string_view::npos;
}

/// Covers a part of the message, but for line ends and blanks.
void hide(std::string& message, std::size_t from, std::size_t to) {
  for (std::size_t at = from; at < to; ++at)
    if (message[at] != '\r' && message[at] != '\n' && !is_space(message[at])) message[at] = cover;
}

constexpr std::array<std::string_view, 6> secret_parameters = {"response", "nonce", "cnonce", "nextnonce", "rspauth", "opaque"};

bool is_secret(std::string_view name) {
  for (std::string_view secret : secret_parameters)
    if (name.size() == secret.size() && begins(name, secret)) return true;
  return false;
}

/// One `name=value` or `name="value"`; returns where it ends.
std::size_t hide_parameter(std::string& message, std::size_t at, std::size_t end) {
  const std::size_t name_begin = at;
  while (at < end && message[at] != '=' && message[at] != ',') ++at;
  std::size_t name_end = at;
  while (name_end > name_begin && std::isspace(static_cast<unsigned char>(message[name_end - 1])) != 0) --name_end;
  const bool is_hidden = is_secret(std::string_view(message).substr(name_begin, name_end - name_begin));
  if (at == end || message[at] == ',') return at;
  ++at;
  while (at < end && std::isspace(static_cast<unsigned char>(message[at])) != 0) ++at;
  std::size_t begin = at;
  if (at < end && message[at] == '"') {
    begin = ++at;
    while (at < end && message[at] != '"') at += message[at] == '\\' ? 2 : 1;
  } else {
    while (at < end && message[at] != ',') ++at;
  }
  at = std::min(at, end);
  if (is_hidden) hide(message, begin, at);
  return at;
}

/// The value of a header that carries credentials or a challenge.
void hide_credentials(std::string& message, std::size_t from, std::size_t to, bool has_scheme) {
  while (from < to && std::isspace(static_cast<unsigned char>(message[from])) != 0) ++from;
  std::size_t at = from;
  if (has_scheme) {
    while (at < to && std::isspace(static_cast<unsigned char>(message[at])) == 0) ++at;
    const std::string_view scheme = std::string_view(message).substr(from, at - from);
    const bool is_digest = scheme.size() == 6 && begins(scheme, "digest");
    const bool is_alone = message.find_first_not_of(" \t\r\n", at) >= to;
    if (!is_digest) return hide(message, is_alone ? from : at, to);
  }
  while (at < to) {
    while (at < to && (std::isspace(static_cast<unsigned char>(message[at])) != 0 || message[at] == ',' || message[at] == '"'))
      ++at;
    at = hide_parameter(message, at, to);
  }
}

/// Behind the colon of "sip:" or "sips:", wherever that stands first; none when it is not there.
std::size_t behind_scheme(std::string_view text) {
  constexpr std::string_view scheme = "sip";
  for (std::size_t at = find(text, scheme); at != std::string_view::npos; at = find(text, scheme, at + 1)) {
    const std::string_view rest = text.substr(at + scheme.size());
    if (rest.starts_with(':')) return at + scheme.size() + 1;
    if (begins(rest, "s:")) return at + scheme.size() + 2;
  }
  return std::string_view::npos;
}

/// RFC 3261 §19.1.1: sip:user:password@host.
void hide_uri_passwords(std::string& message, std::size_t from, std::size_t to) {
  const std::string_view line = std::string_view(message).substr(0, to);
  for (std::size_t at = line.find('@', from); at != std::string_view::npos; at = line.find('@', at + 1)) {
    std::size_t begin = at;
    const auto is_end = [](char c) { return c == '<' || c == '"' || c == ',' || c == '@' || is_space(c); };
    while (begin > from && !is_end(line[begin - 1])) --begin;
    const std::string_view candidate = line.substr(begin, at - begin);
    const std::size_t user = behind_scheme(candidate);
    const std::size_t colon = user == std::string_view::npos ? user : candidate.find(':', user);
    if (colon != std::string_view::npos) hide(message, begin + colon + 1, at);
  }
}

enum class Header : std::uint8_t { other, credentials, parameters };

Header kind_of(std::string_view name) {
  while (!name.empty() && is_space(name.back())) name.remove_suffix(1);
  const auto is = [name](std::string_view other) { return name.size() == other.size() && begins(name, other); };
  if (is("authorization") || is("proxy-authorization") || is("www-authenticate") || is("proxy-authenticate"))
    return Header::credentials;
  if (is("authentication-info") || is("proxy-authentication-info")) return Header::parameters;
  return Header::other;
}

/// Where the line that begins there ends, its continuations (RFC 3261 §7.3.1) included.
std::size_t end_of_header(std::string_view message, std::size_t from) {
  while (true) {
    const std::size_t end = message.find('\n', from);
    if (end == std::string_view::npos) return message.size();
    if (end + 1 >= message.size() || !is_space(message[end + 1])) return end;
    from = end + 1;
  }
}

/// Returns where the body begins.
std::size_t mask_headers(std::string& message) {
  std::size_t at = 0;
  bool is_first = true;
  while (at < message.size()) {
    const std::size_t end = is_first ? std::min(message.find('\n'), message.size()) : end_of_header(message, at);
    const std::string_view line = std::string_view(message).substr(at, end - at);
    if (line.empty() || line == "\r") return std::min(end + 1, message.size());
    const std::size_t colon = line.find(':');
    const Header kind = is_first || colon == std::string_view::npos ? Header::other : kind_of(line.substr(0, colon));
    if (kind == Header::other)
      hide_uri_passwords(message, at, end);
    else
      hide_credentials(message, at + colon + 1, end, kind == Header::credentials);
    if (kind != Header::other) hide_uri_passwords(message, at + colon + 1, end);
    is_first = false;
    at = end + 1;
  }
  return message.size();
}

/// `Signal=5` keeps its name; a body without names keeps nothing.
void hide_digits(std::string& message, std::size_t from) {
  const bool has_names = message.find('=', from) != std::string::npos;
  bool is_value = !has_names;
  for (std::size_t at = from; at < message.size(); ++at) {
    const char c = message[at];
    if (c == '\n') is_value = !has_names;
    if (is_value && c != '\r' && c != '\n') message[at] = cover;
    if (c == '=') is_value = true;
  }
}

/// RFC 4568: each key after `inline:`. Anything else that may hold a key goes whole.
void hide_keys(std::string& message, std::size_t from, std::size_t to) {
  const std::string_view line = std::string_view(message).substr(0, to);
  if (begins(line.substr(from), "k=")) return hide(message, from + 2, to);
  for (const std::string_view whole : {std::string_view("a=ice-pwd:"), std::string_view("a=key-mgmt:")})
    if (begins(line.substr(from), whole)) return hide(message, from + whole.size(), to);
  if (!begins(line.substr(from), "a=crypto:")) return;
  constexpr std::string_view mark = "inline:";
  const std::size_t first = find(line, mark, from);
  if (first == std::string_view::npos) return hide(message, from + 9, to);
  for (std::size_t at = first; at != std::string_view::npos; at = find(line, mark, at)) {
    at += mark.size();
    const std::size_t end = std::min(line.find_first_of(" \t;|\r", at), to);
    hide(message, at, end);
  }
}

void hide_kpml(std::string& message, std::size_t from) {
  constexpr std::string_view name = "digits=";
  for (std::size_t at = find(message, name, from); at != std::string::npos; at = find(message, name, at)) {
    at += name.size();
    const std::size_t end = std::min(message.find_first_of(" >\r\n", at), message.size());
    hide(message, at, end);
  }
}

}  // namespace

void mask_secrets(std::string& message) {
  const std::size_t body = mask_headers(message);
  if (body == message.size()) return;
  if (begins(message, "info ")) return hide_digits(message, body);
  // Whatever else is in there, as anybody may write that word into a description.
  if (message.find("kpml-response", body) != std::string::npos) hide_kpml(message, body);
  for (std::size_t at = body; at < message.size();) {
    const std::size_t end = std::min(message.find('\n', at), message.size());
    hide_keys(message, at, end);
    at = end + 1;
  }
}

}  // namespace carillon::trace
