// SPDX-License-Identifier: GPL-3.0-or-later
// Parses URIs and addresses.
#include "sip/uri.hpp"

#include <algorithm>

#include "base/service_urn.hpp"
#include "sip/scan.hpp"

namespace carillon::sip {
namespace {

Result<Uri> bad_uri(std::string_view why) {
  return failure(Fault::bad_uri, std::string(why));
}

/// Of "sip:" and "sips:" by their first bytes, else by the colon. Returns the scheme's length without the colon, 0 when there is
/// none.
std::size_t read_scheme(std::string_view text, Scheme& scheme) {
  if (text.empty() || !is_a(text[0], host_char) || is_digit(text[0])) return 0;
  std::size_t n = 0;
  while (n < text.size() && (is_a(text[n], host_char) || text[n] == '+')) ++n;
  if (n == text.size() || text[n] != ':') return 0;
  const std::string_view name = text.substr(0, n);
  if (same_ignoring_case(name, "sip")) scheme = Scheme::sip;
  if (same_ignoring_case(name, "sips")) scheme = Scheme::sips;
  if (same_ignoring_case(name, "tel")) scheme = Scheme::tel;
  return n;
}

/// ";name=value;flag" of a URI: no blanks, no quotes.
bool are_uri_params(std::string_view text) {
  while (!text.empty()) {
    if (text.front() != ';') return false;
    text.remove_prefix(1);
    const std::string_view param = text.substr(0, text.find(';'));
    const std::size_t equals = std::min(param.find('='), param.size());
    const std::string_view value = equals == param.size() ? std::string_view() : param.substr(equals + 1);
    if (equals == 0 || !is_escaped_text(param.substr(0, equals), param_char) || !is_escaped_text(value, param_char)) return false;
    text.remove_prefix(param.size());
  }
  return true;
}

/// "name=value&name=value" behind '?'.
bool are_uri_headers(std::string_view text) {
  if (text.empty()) return false;
  while (!text.empty()) {
    const std::string_view header = text.substr(0, text.find('&'));
    const std::size_t equals = header.find('=');
    if (equals == 0 || equals == std::string_view::npos || !is_escaped_text(header.substr(0, equals), header_char) ||
        !is_escaped_text(header.substr(equals + 1), header_char)) {
      return false;
    }
    text.remove_prefix(std::min(header.size() + 1, text.size()));
  }
  return true;
}

bool read_user(std::string_view user_info, Uri& uri) {
  const std::size_t colon = user_info.find(':');
  uri.has_user = true;
  uri.user = user_info.substr(0, colon);
  if (colon != std::string_view::npos) uri.password = user_info.substr(colon + 1);
  // A raw '#' is not in the grammar; phones send it in service codes, and it separates nothing.
  std::string_view rest = uri.user;
  for (std::size_t hash = rest.find('#'); hash != std::string_view::npos; hash = rest.find('#')) {
    if (!is_escaped_text(rest.substr(0, hash), user_char)) return false;
    rest.remove_prefix(hash + 1);
  }
  return !uri.user.empty() && is_escaped_text(rest, user_char) && is_escaped_text(uri.password, password_char);
}

Result<Uri> parse_tel(Uri uri, std::string_view rest) {
  uri.user = rest.substr(0, rest.find(';'));
  uri.has_user = true;
  uri.params = Params(rest.substr(uri.user.size()));
  for (char c : uri.user) {  // RFC 3966 §3: digits, visual separators, and in local numbers '*', '#' and hex digits.
    if (hex_value(c) < 0 && std::string_view("+*#-.()").find(c) == std::string_view::npos)
      return bad_uri("not a telephone number");
  }
  if (uri.user.empty()) return bad_uri("a tel URI without a number");
  if (!are_uri_params(uri.params.text())) return bad_uri("malformed parameters");
  return uri;
}

/// RFC 3261 §25.1 wants tokens in a display name without quotes. Phones send UTF-8 and "Bob (Office)"; what separates nothing may
/// stand.
bool is_in_bare_name(char c) {
  return is_a(c, token_char | blank_char) || static_cast<unsigned char>(c) >= 0x80 ||
         std::string_view("()[]{}@/?=#$&^|").contains(c);
}

}  // namespace

std::size_t host_length(std::string_view text) {
  if (text.empty() || text.front() != '[') {
    const std::size_t n = span_of(text, host_char);
    return n == 0 || text[0] == '-' || text[0] == '.' ? 0 : n;
  }
  const std::size_t close = text.find(']');
  if (close == std::string_view::npos || close < 3) return 0;
  const std::string_view inside = text.substr(1, close - 1);
  for (char c : inside) {
    if (hex_value(c) < 0 && c != ':' && c != '.') return 0;
  }
  return std::ranges::count(inside, ':') >= 2 ? close + 1 : 0;
}

Result<Uri> Uri::parse(std::string_view text) {
  Uri uri;
  uri.text = text;
  if (text.size() > max_uri_bytes) return bad_uri("too long");
  const std::size_t scheme_length = read_scheme(text, uri.scheme);
  if (scheme_length == 0) return bad_uri("no scheme");
  std::string_view rest = text.substr(scheme_length + 1);
  if (uri.scheme == Scheme::tel) return parse_tel(uri, rest);
  if (uri.scheme == Scheme::other) {
    const bool clean = std::ranges::all_of(rest, [](char c) { return c > 0x20 && c < 0x7f && c != '<' && c != '>' && c != '"'; });
    if (rest.empty() || !clean) return bad_uri("characters that no URI may hold");
    return uri;
  }
  if (const std::size_t at = rest.find('@'); at != std::string_view::npos) {
    if (!read_user(rest.substr(0, at), uri)) return bad_uri("malformed user part");
    rest.remove_prefix(at + 1);
  }
  uri.host = rest.substr(0, host_length(rest));
  if (uri.host.empty()) return bad_uri("malformed host");
  rest.remove_prefix(uri.host.size());
  if (!rest.empty() && rest.front() == ':') {
    const std::string_view digits = rest.substr(1, span_of(rest.substr(1), digit_char));
    uri.port = static_cast<std::uint16_t>(parse_decimal(digits, 65535).value_or(0));
    if (uri.port == 0) return bad_uri("malformed port");
    rest.remove_prefix(1 + digits.size());
  }
  const std::size_t question = std::min(rest.find('?'), rest.size());
  uri.params = Params(rest.substr(0, question));
  if (!are_uri_params(uri.params.text())) return bad_uri("malformed parameters");
  if (question != rest.size()) {
    uri.headers = rest.substr(question + 1);
    if (!are_uri_headers(uri.headers)) return bad_uri("malformed headers");
  }
  return uri;
}

std::string_view Uri::host_port() const {
  if (port == 0) return host;
  const auto begin = static_cast<std::size_t>(host.data() - text.data());
  const std::size_t port_begin = begin + host.size() + 1;
  return text.substr(begin, host.size() + 1 + span_of(text.substr(port_begin), digit_char));
}

std::string unescape(std::string_view text) {
  std::string out;
  out.reserve(text.size());
  for (std::size_t i = 0; i < text.size(); ++i) {
    if (text[i] == '%' && text.size() - i > 2 && hex_value(text[i + 1]) >= 0 && hex_value(text[i + 2]) >= 0) {
      out += static_cast<char>(hex_value(text[i + 1]) * 16 + hex_value(text[i + 2]));
      i += 2;
    } else {
      out += text[i];
    }
  }
  return out;
}

std::optional<std::string> uri_header(std::string_view headers, std::string_view name) {
  while (!headers.empty()) {
    const std::size_t end = std::min(headers.find('&'), headers.size());
    const std::string_view each = headers.substr(0, end);
    const std::size_t equals = std::min(each.find('='), each.size());
    if (same_ignoring_case(each.substr(0, equals), name)) return unescape(equals < each.size() ? each.substr(equals + 1) : "");
    headers.remove_prefix(std::min(end + 1, headers.size()));
  }
  return std::nullopt;
}

std::string dialled_by(const Uri& uri) {
  constexpr std::size_t urn_max = 64;
  const bool is_name = uri.scheme == Scheme::other && asks_for_help(uri.text);
  return is_name ? std::string(uri.text.substr(0, urn_max)) : unescape(uri.user);
}

std::string escape_user(std::string_view text) {
  constexpr std::string_view digits = "0123456789ABCDEF";
  std::string out;
  out.reserve(text.size());
  for (char c : text) {
    if (is_a(c, user_char)) {
      out += c;
    } else {
      const auto byte = static_cast<unsigned char>(c);
      out += '%';
      out += digits[byte >> 4U];
      out += digits[byte & 15U];
    }
  }
  return out;
}

Result<NameAddr> NameAddr::parse(std::string_view text) {
  text = trim(text);
  NameAddr address;
  std::size_t open = 0;  // Where '<' should be.
  if (!text.empty() && text.front() == '"') {
    const std::size_t end = end_of_quoted(text, 0);
    if (end == std::string_view::npos) return failure(Fault::bad_address, "a quoted display name that does not end");
    address.display = text.substr(1, end - 2);
    open = end + span_of(text.substr(end), blank_char);
    if (open == text.size() || text[open] != '<') return failure(Fault::bad_address, "no '<' behind the display name");
  } else {
    while (open < text.size() && is_in_bare_name(text[open])) ++open;
    if (open < text.size() && text[open] == '<') address.display = trim(text.substr(0, open));
  }
  std::string_view uri_text;
  std::string_view rest;
  if (open < text.size() && text[open] == '<') {
    const std::size_t close = text.find('>', open);
    if (close == std::string_view::npos) return failure(Fault::bad_address, "no '>' behind the URI");
    uri_text = text.substr(open + 1, close - open - 1);
    rest = text.substr(close + 1);
  } else {
    // §20.10: without brackets, a URI holds no ';', ',' or '?', and what follows belongs to the header.
    uri_text = trim_back(text.substr(0, text.find(';')));
    rest = text.substr(uri_text.size());
    if (uri_text.find_first_of("?,") != std::string_view::npos) return failure(Fault::bad_address, "this URI needs '<' and '>'");
  }
  auto uri = Uri::parse(uri_text);
  if (!uri) return failure(Fault::bad_address, std::move(uri.error().what));
  address.uri = *uri;
  address.params = Params(trim_front(rest));
  if (!Params::well_formed(rest)) return failure(Fault::bad_address, "malformed parameters");
  return address;
}

std::string NameAddr::display_text() const {
  std::string out;
  out.reserve(display.size());
  for (std::size_t i = 0; i < display.size(); ++i) {
    if (display[i] == '\\' && i + 1 < display.size()) ++i;
    out += display[i];
  }
  return out;
}

}  // namespace carillon::sip
