// SPDX-License-Identifier: GPL-3.0-or-later
// Any bytes as a URI and as an address: parts lie inside the text, a URI equals itself, what is escaped unescapes to the same,
// and an address that is accepted survives the writer. Two lines are two URIs, and comparing them is the same both ways.
#include <cstdint>
#include <string>
#include <string_view>

#include "base/assert.hpp"
#include "sip/uri.hpp"
#include "sip/writer.hpp"

namespace carillon::sip {
namespace {

bool inside(std::string_view part, std::string_view whole) {
  return part.empty() || (part.data() >= whole.data() && part.data() + part.size() <= whole.data() + whole.size());
}

void check_params(const Params& params, std::string_view whole) {
  for (const Param& param : params) {
    CARILLON_ASSERT(!param.name.empty() && inside(param.name, whole) && inside(param.value, whole) && inside(param.raw, whole));
    CARILLON_ASSERT(params.has(param.name));
  }
}

void check_uri(std::string_view text) {
  const auto uri = Uri::parse(text);
  if (!uri) return;
  for (std::string_view part : {uri->user, uri->password, uri->host, uri->headers, uri->host_port()})
    CARILLON_ASSERT(inside(part, text));
  check_params(uri->params, text);
  CARILLON_ASSERT(equivalent(*uri, *uri) && same_account(*uri, *uri));
  if (!uri->is_sip()) return;
  const std::string user = unescape(uri->user);
  CARILLON_ASSERT(unescape(escape_user(user)) == user);
  if (!uri->has_user) return;
  const std::string rebuilt = "sip:" + escape_user(user) + "@" + std::string(uri->host_port());
  const auto again = Uri::parse(rebuilt);
  CARILLON_ASSERT(again ? unescape(again->user) == user && again->port == uri->port : again.error().is(Fault::bad_uri));
}

void check_address(std::string_view text) {
  const auto address = NameAddr::parse(text);
  if (!address) return;
  check_params(address->params, text);
  std::string out;
  Writer(out).address(HeaderId::from, address->display_text(), address->uri.text, "t1");
  const auto again = NameAddr::parse(std::string_view(out).substr(6));
  CARILLON_ASSERT(again && again->uri.text == address->uri.text && again->tag() == "t1");
}

void check_pair(std::string_view one, std::string_view other) {
  const auto a = Uri::parse(one);
  const auto b = Uri::parse(other);
  if (!a || !b) return;
  CARILLON_ASSERT(equivalent(*a, *b) == equivalent(*b, *a) && same_account(*a, *b) == same_account(*b, *a));
  if (equivalent(*a, *b) && a->is_sip()) CARILLON_ASSERT(same_account(*a, *b));
}

}  // namespace
}  // namespace carillon::sip

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  const std::string_view text(reinterpret_cast<const char*>(data), size);
  carillon::sip::check_uri(text);
  carillon::sip::check_address(text);
  if (const std::size_t end = text.find('\n'); end != std::string_view::npos)
    carillon::sip::check_pair(text.substr(0, end), text.substr(end + 1));
  return 0;
}
