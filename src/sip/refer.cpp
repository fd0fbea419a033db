// SPDX-License-Identifier: GPL-3.0-or-later
#include "sip/refer.hpp"

#include <fmt/format.h>

#include "base/service_urn.hpp"
#include "sip/scan.hpp"
#include "sip/status.hpp"

namespace carillon::sip {
namespace {

constexpr std::size_t text_max = 256;

bool is_plain(std::string_view text) {
  return !text.empty() && text.size() <= text_max &&
         text.find_first_of(std::string_view("\r\n\0 \t\"<>;,", 10)) == std::string_view::npos;
}

}  // namespace

std::optional<Replaces> Replaces::parse(std::string_view value) {
  const std::size_t end = std::min(value.find(';'), value.size());
  const Params params(value.substr(end));
  Replaces replaces{.call_id = std::string(value.substr(0, end)),
                    .to_tag = std::string(params.find("to-tag").value_or("")),
                    .from_tag = std::string(params.find("from-tag").value_or("")),
                    .is_early_only = params.has("early-only")};
  while (!replaces.call_id.empty() && replaces.call_id.back() == ' ') replaces.call_id.pop_back();
  while (!replaces.call_id.empty() && replaces.call_id.front() == ' ') replaces.call_id.erase(0, 1);
  if (!is_plain(replaces.call_id) || !is_plain(replaces.to_tag) || !is_plain(replaces.from_tag)) return std::nullopt;
  return replaces;
}

Result<ReferTo> read_refer_to(const Message& refer) {
  const auto value = refer.first(HeaderId::refer_to);
  const auto address = NameAddr::parse(value.value_or(""));
  if (!address) return failure(ReferFault::bad_target, "no usable Refer-To");
  const Uri& uri = address->uri;
  if (!uri.is_sip() && uri.scheme != Scheme::tel && !asks_for_help(uri.text))
    return failure(ReferFault::bad_target, "Refer-To is no SIP or tel address");
  if (const auto method = uri.params.find("method"); method && !same_ignoring_case(*method, "invite"))
    return failure(ReferFault::bad_method, "Refer-To asks for another request than INVITE");
  ReferTo target{.user = dialled_by(uri), .host = std::string(uri.host), .replaces = std::nullopt};
  if (const auto replaces = uri_header(uri.headers, "replaces")) {
    target.replaces = Replaces::parse(*replaces);
    if (!target.replaces) return failure(ReferFault::bad_target, "the Replaces in Refer-To names no dialog");
  }
  if (target.user.empty() && !target.replaces) return failure(ReferFault::bad_target, "Refer-To names nobody");
  return target;
}

std::string sipfrag(int status, std::string_view reason) {
  return fmt::format("SIP/2.0 {} {}\r\n", status, reason.empty() ? reason_phrase(status) : reason);
}

}  // namespace carillon::sip
