// SPDX-License-Identifier: GPL-3.0-or-later
// Parses Via, CSeq, Contact and media types, and splits comma lists.
#include "sip/header_value.hpp"

#include <algorithm>
#include <limits>

#include "sip/scan.hpp"

namespace carillon::sip {
namespace {

constexpr std::uint32_t max_cseq = 0x7fffffff;

Result<Via> bad_via(std::string_view why) {
  return failure(Fault::bad_via, std::string(why));
}

/// Takes "SIP / 2.0 / UDP" off the front (RFC 3261 §25.1: blanks may surround the slashes).
bool take_protocol(std::string_view& text, Via& via) {
  const std::string_view parts[] = {"SIP", "2.0"};
  for (std::string_view part : parts) {
    if (!same_ignoring_case(text.substr(0, part.size()), part)) return false;
    text = trim_front(text.substr(part.size()));
    if (text.empty() || text.front() != '/') return false;
    text = trim_front(text.substr(1));
  }
  via.transport = text.substr(0, span_of(text, token_char));
  text.remove_prefix(via.transport.size());
  return !via.transport.empty();
}

/// Takes "host : port" off the front.
bool take_sent_by(std::string_view& text, Via& via) {
  via.host = text.substr(0, host_length(text));
  if (via.host.empty()) return false;
  const char* begin = text.data();
  text.remove_prefix(via.host.size());
  via.sent_by = via.host;
  const std::string_view after = trim_front(text);
  if (after.empty() || after.front() != ':') return true;
  text = trim_front(after.substr(1));
  const std::string_view digits = text.substr(0, span_of(text, digit_char));
  via.port = static_cast<std::uint16_t>(parse_decimal(digits, 65535).value_or(0));
  text.remove_prefix(digits.size());
  via.sent_by = {begin, static_cast<std::size_t>(text.data() - begin)};
  return via.port != 0;
}

bool take_via_param(const Param& param, Via& via) {
  if (same_ignoring_case(param.name, "branch")) {
    via.branch = param.value;
  } else if (same_ignoring_case(param.name, "rport")) {
    via.has_rport = true;
    const auto port = parse_decimal(param.value, 65535);
    if (!port && !param.value.empty()) return false;
    via.rport = static_cast<std::uint16_t>(port.value_or(0));
  } else if (same_ignoring_case(param.name, "received")) {
    via.received = param.value;
  } else if (same_ignoring_case(param.name, "maddr")) {
    via.maddr = param.value;
  }
  return true;
}

/// RFC 3261 §20.10: "0", "0.5", "1.000"; in thousandths.
std::optional<std::uint16_t> parse_q(std::string_view text) {
  if (text.empty() || !is_digit(text[0])) return std::nullopt;
  int thousandths = (text[0] - '0') * 1000;
  int weight = 100;
  for (std::size_t i = 2; i < text.size(); ++i, weight /= 10) {
    if (!is_digit(text[i])) return std::nullopt;
    thousandths += (text[i] - '0') * weight;
  }
  if (thousandths > 1000 || (text.size() > 1 && text[1] != '.')) return std::nullopt;
  return static_cast<std::uint16_t>(thousandths);
}

}  // namespace

Result<Via> Via::take(std::string_view& list) {
  Via via;
  std::string_view text = trim_front(list);
  if (!take_protocol(text, via)) return bad_via("not SIP/2.0 over a transport");
  const std::size_t blanks = span_of(text, blank_char);
  text.remove_prefix(blanks);
  if (blanks == 0 || !take_sent_by(text, via)) return bad_via("malformed sent-by");
  const char* const begin = text.data();
  Param param;
  while (Params::take(text, param)) {
    if (!take_via_param(param, via)) return bad_via("malformed rport");
  }
  via.params = Params({begin, static_cast<std::size_t>(text.data() - begin)});
  const std::string_view rest = trim_front(text);
  if (!rest.empty() && rest.front() != ',') return bad_via("malformed parameters");
  list = rest;
  return via;
}

Result<Via> Via::parse(std::string_view text) {
  auto via = take(text);
  if (via && !text.empty()) return bad_via("more than one value");
  return via;
}

Result<CSeq> CSeq::parse(std::string_view text) {
  text = trim(text);
  CSeq cseq;
  const std::size_t digits = span_of(text, digit_char);
  const auto number = parse_decimal(text.substr(0, digits), max_cseq);
  const std::size_t blanks = span_of(text.substr(digits), blank_char);
  cseq.method_name = text.substr(digits + blanks);
  if (!number || blanks == 0 || !is_token(cseq.method_name))
    return failure(Fault::bad_cseq, "not a number below 2^31 and a method");
  cseq.number = *number;
  cseq.method = method_from(cseq.method_name);
  return cseq;
}

Result<Contact> Contact::parse(std::string_view text) {
  text = trim(text);
  Contact contact;
  contact.star = text == "*";
  if (contact.star) return contact;
  CARILLON_TRY(address, NameAddr::parse(text));
  contact.address = address;
  for (const Param& param : address.params) {
    if (same_ignoring_case(param.name, "expires")) contact.expires = parse_seconds(param.value);
    if (same_ignoring_case(param.name, "q")) contact.q = parse_q(param.value);
    if (same_ignoring_case(param.name, "+sip.instance")) contact.instance = param.value;
    if (same_ignoring_case(param.name, "reg-id")) contact.reg_id = parse_decimal(param.value, max_cseq);
  }
  return contact;
}

Result<MediaType> MediaType::parse(std::string_view text) {
  text = trim(text);
  MediaType media;
  media.type = text.substr(0, span_of(text, token_char));
  text = trim_front(text.substr(media.type.size()));
  const bool slash = !text.empty() && text.front() == '/';
  if (slash) text = trim_front(text.substr(1));
  media.subtype = text.substr(0, span_of(text, token_char));
  text = trim_front(text.substr(media.subtype.size()));
  media.params = Params(text);
  if (!slash || media.type.empty() || media.subtype.empty() || !Params::well_formed(text)) {
    return failure(Fault::bad_value, "not a media type");
  }
  return media;
}

bool MediaType::is(std::string_view other_type, std::string_view other_subtype) const {
  return same_ignoring_case(type, other_type) && same_ignoring_case(subtype, other_subtype);
}

std::optional<std::uint32_t> parse_seconds(std::string_view text) {
  text = trim(text);
  const std::size_t digits = span_of(text, digit_char);
  if (digits == 0) return std::nullopt;
  if (digits < text.size() && !is_blank(text[digits]) && text[digits] != ';' && text[digits] != '(') return std::nullopt;
  constexpr std::uint32_t most = std::numeric_limits<std::uint32_t>::max();
  return parse_decimal(text.substr(0, digits), most).value_or(most);
}

void CommaList::Iterator::advance() {
  value_ = {};
  while (value_.empty() && !rest_.empty()) {
    std::size_t end = 0;
    bool in_brackets = false;
    for (; end < rest_.size() && (in_brackets || rest_[end] != ','); ++end) {
      const char c = rest_[end];
      if (c == '"' && !in_brackets) {
        end = std::min(end_of_quoted(rest_, end), rest_.size()) - 1;
      } else if (c == '<') {
        in_brackets = true;
      } else if (c == '>') {
        in_brackets = false;
      }
    }
    value_ = trim(rest_.substr(0, end));
    rest_.remove_prefix(std::min(end + 1, rest_.size()));
  }
}

}  // namespace carillon::sip
