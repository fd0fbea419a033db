// SPDX-License-Identifier: GPL-3.0-or-later
#include "sip/acceptable.hpp"

#include "sip/scan.hpp"

namespace carillon::sip {
namespace {

/// RFC 3261 §20.11: without a Content-Disposition, and without its `handling`, a body must be understood.
bool may_be_ignored(const Message& message) {
  const auto disposition = message.first(HeaderId::content_disposition);
  if (!disposition) return false;
  const std::size_t params = std::min(disposition->find(';'), disposition->size());
  return same_ignoring_case(Params(disposition->substr(params)).find("handling").value_or(""), "optional");
}

bool is_understood(const Message& message) {
  if (message.body().empty()) return true;
  for (std::string_view coding : message.values(HeaderId::content_encoding))
    if (!same_ignoring_case(coding, "identity")) return false;
  const auto type = message.content_type();
  return type && type->is("application", "sdp");
}

bool wants_session(const Message& message) {
  if (!message.has(HeaderId::accept)) return true;
  for (std::string_view range : message.values(HeaderId::accept)) {
    const auto type = MediaType::parse(range);
    if (type && (type->is("application", "sdp") || type->is("application", "*") || type->is("*", "*"))) return true;
  }
  return false;
}

}  // namespace

int unacceptable_status(const Message& invite) {
  if (!is_understood(invite) && !may_be_ignored(invite)) return 415;
  return wants_session(invite) ? 0 : 406;
}

}  // namespace carillon::sip
