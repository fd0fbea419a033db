// SPDX-License-Identifier: GPL-3.0-or-later
#include "phone_message.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <charconv>
#include <cstdint>

namespace bench {

namespace {

constexpr std::string_view version = "SIP/2.0 ";

bool is_header(std::string_view name, std::string_view wanted) {
  return std::ranges::equal(name, wanted, [](char a, char b) { return (a | 0x20) == (b | 0x20); });
}

std::string_view trim(std::string_view text) {
  while (!text.empty() && (text.front() == ' ' || text.front() == '\t')) text.remove_prefix(1);
  while (!text.empty() && (text.back() == ' ' || text.back() == '\t')) text.remove_suffix(1);
  return text;
}

}  // namespace

bool PhoneMessage::parse(std::string_view text) {
  *this = {};
  std::size_t end = text.find("\r\n");
  if (end == text.npos) return false;
  const std::string_view first = text.substr(0, end);
  if (first.starts_with(version)) status = static_cast<int>(number(first.substr(version.size())));
  method = first.substr(0, first.find(' '));
  for (std::size_t at = end + 2; at < text.size(); at = end + 2) {
    end = text.find("\r\n", at);
    if (end == text.npos) return false;
    if (end == at) {
      body = text.substr(at + 2);
      return via.count > 0 && !call_id.empty();
    }
    const std::string_view line = text.substr(at, end - at);
    if (const std::size_t colon = line.find(':'); colon != line.npos) {
      take(trim(line.substr(0, colon)), trim(line.substr(colon + 1)));
    }
  }
  return false;
}

void PhoneMessage::take(std::string_view name, std::string_view value) {
  if (is_header(name, "Via")) {
    via.add(value);
  } else if (is_header(name, "Record-Route")) {
    record_route.add(value);
  } else if (is_header(name, "From")) {
    from = value;
  } else if (is_header(name, "To")) {
    to = value;
  } else if (is_header(name, "Call-ID")) {
    call_id = value;
  } else if (is_header(name, "CSeq")) {
    cseq = value;
    if (status != 0) method = value.substr(value.rfind(' ') + 1);
  } else if (is_header(name, "Contact")) {
    contact = value;
  } else if (is_header(name, "WWW-Authenticate") || is_header(name, "Proxy-Authenticate")) {
    const std::string_view algorithm = parameter(value, "algorithm");
    if (algorithm.empty() || is_header(algorithm, "MD5")) challenge = value;
  }
}

std::string_view parameter(std::string_view header, std::string_view name) {
  for (std::size_t at = header.find(name); at != header.npos; at = header.find(name, at + 1)) {
    const std::size_t equals = at + name.size();
    const bool begins_here = at > 0 && std::string_view(";, ").contains(header[at - 1]);
    if (!begins_here || equals >= header.size() || header[equals] != '=') continue;
    std::string_view value = header.substr(equals + 1);
    if (value.starts_with('"')) return value.substr(1, value.find('"', 1) - 1);
    return value.substr(0, value.find_first_of(";,> "));
  }
  return {};
}

std::string_view address(std::string_view header) {
  const std::size_t open = header.find('<');
  if (open == header.npos) return header.substr(0, header.find(';'));
  return header.substr(open + 1, header.find('>', open) - open - 1);
}

unsigned number(std::string_view text, int base) {
  unsigned value = 0;
  std::from_chars(text.data(), text.data() + text.size(), value, base);
  return value;
}

void write_answer(std::string& out, const PhoneMessage& request, std::string_view status, std::string_view host_port,
                  std::string_view body) {
  const auto end = std::back_inserter(out);
  fmt::format_to(end, "{}{}\r\n", version, status);
  for (std::size_t i = 0; i < request.via.count; ++i) fmt::format_to(end, "Via: {}\r\n", request.via.values[i]);
  for (std::size_t i = 0; i < request.record_route.count; ++i)
    fmt::format_to(end, "Record-Route: {}\r\n", request.record_route.values[i]);
  fmt::format_to(end, "From: {}\r\nTo: {}", request.from, request.to);
  // The same for a request and its repetitions, and another for each branch that reaches this telephone.
  if (parameter(request.to, "tag").empty()) fmt::format_to(end, ";tag=c{}", parameter(request.via.values[0], "branch"));
  fmt::format_to(end, "\r\nCall-ID: {}\r\nCSeq: {}\r\nContact: <sip:{}>\r\n", request.call_id, request.cseq, host_port);
  if (!body.empty()) out += "Content-Type: application/sdp\r\n";
  fmt::format_to(end, "Content-Length: {}\r\n\r\n{}", body.size(), body);
}

PhoneDigest::PhoneDigest() : md5_(EVP_MD_fetch(nullptr, "MD5", nullptr)), context_(EVP_MD_CTX_new()) {}

std::string PhoneDigest::hash(std::initializer_list<std::string_view> parts) {
  EVP_DigestInit_ex2(context_.get(), md5_.get(), nullptr);
  bool is_first = true;
  for (const std::string_view part : parts) {
    if (!is_first) EVP_DigestUpdate(context_.get(), ":", 1);
    EVP_DigestUpdate(context_.get(), part.data(), part.size());
    is_first = false;
  }
  std::array<unsigned char, EVP_MAX_MD_SIZE> bytes{};
  unsigned size = 0;
  EVP_DigestFinal_ex(context_.get(), bytes.data(), &size);
  constexpr std::string_view digits = "0123456789abcdef";
  std::string hex;
  for (unsigned i = 0; i < size; ++i) {
    hex += digits[bytes[i] >> 4];
    hex += digits[bytes[i] & 15];
  }
  return hex;
}

std::string PhoneDigest::answer(const PhoneMessage& challenge, Account account, std::string_view method, std::string_view uri) {
  constexpr std::string_view count = "00000001";
  constexpr std::string_view cnonce = "6f2c19a4";
  const std::string_view realm = parameter(challenge.challenge, "realm"), nonce = parameter(challenge.challenge, "nonce");
  const std::string_view opaque = parameter(challenge.challenge, "opaque");
  const std::string secret = hash({account.user, realm, account.password}), request = hash({method, uri});
  const std::string response = hash({secret, nonce, count, cnonce, "auth", request});
  std::string line = fmt::format(
      "{}: Digest username=\"{}\", realm=\"{}\", nonce=\"{}\", uri=\"{}\", response=\"{}\", algorithm=MD5, qop=auth, nc={}, "
      "cnonce=\"{}\"",
      challenge.status == 401 ? "Authorization" : "Proxy-Authorization", account.user, realm, nonce, uri, response, count,
      cnonce);
  if (!opaque.empty()) fmt::format_to(std::back_inserter(line), ", opaque=\"{}\"", opaque);
  return line + "\r\n";
}

}  // namespace bench
