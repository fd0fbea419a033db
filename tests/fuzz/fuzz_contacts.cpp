// SPDX-License-Identifier: GPL-3.0-or-later
// Any bytes as a comma list of Contacts, Vias and media types: the list covers the text in order and every value parses or does
// not, the same way alone and in the list.
#include <cstdint>
#include <string_view>

#include "base/assert.hpp"
#include "sip/header_value.hpp"

namespace carillon::sip {
namespace {

/// The same as a list of Vias, taken one by one.
void check_vias(std::string_view list) {
  while (true) {
    const std::size_t before = list.size();
    if (!Via::take(list)) return;
    CARILLON_ASSERT(list.size() < before && (list.empty() || list.front() == ','));
    if (list.empty()) return;
    list.remove_prefix(1);
  }
}

void check(std::string_view text) {
  check_vias(text);
  const char* from = text.data();
  for (std::string_view value : CommaList(text)) {
    CARILLON_ASSERT(!value.empty() && value.data() >= from && value.data() + value.size() <= text.data() + text.size());
    from = value.data() + value.size();
    const auto contact = Contact::parse(value);
    if (contact && !contact->star) {
      CARILLON_ASSERT(contact->q.value_or(0) <= 1000);
      CARILLON_ASSERT(*CommaList(value).begin() == value);
    }
    if (const auto via = Via::parse(value)) CARILLON_ASSERT(!via->host.empty() && via->sent_by.starts_with(via->host));
    static_cast<void>(MediaType::parse(value));
    static_cast<void>(CSeq::parse(value));
    static_cast<void>(parse_seconds(value));
  }
}

}  // namespace
}  // namespace carillon::sip

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  carillon::sip::check({reinterpret_cast<const char*>(data), size});
  return 0;
}
