// SPDX-License-Identifier: GPL-3.0-or-later
#include "sip/redirection.hpp"

#include <algorithm>
#include <optional>
#include <vector>

#include <fmt/format.h>

#include "sip/header_value.hpp"
#include "sip/scan.hpp"
#include "sip/uri.hpp"

namespace carillon::sip {
namespace {

constexpr std::size_t entries_max = 20;
constexpr unsigned count_max = 100;

/// RFC 7544 §7.4: the words of RFC 5806 and the causes of RFC 4458; of several words for one cause the first.
struct Word {
  std::string_view reason;
  unsigned cause;
};
constexpr Word words[] = {{"unconditional", 302},  {"user-busy", 486},  {"no-answer", 408},      {"unavailable", 503},
                          {"deflection", 480},     {"deflection", 487}, {"unknown", 404},        {"time-of-day", 404},
                          {"do-not-disturb", 404}, {"follow-me", 404},  {"out-of-service", 404}, {"away", 404}};

unsigned cause_of(std::string_view reason) {
  const auto found = std::ranges::find(words, reason, &Word::reason);
  return found == std::end(words) ? 404 : found->cause;
}

std::string reason_of(unsigned cause) {
  const auto found = std::ranges::find(words, cause, &Word::cause);
  return std::string(found == std::end(words) ? "unknown" : found->reason);
}

/// A word that is in the list, else `unknown`.
std::string known(std::string_view reason) {
  const auto is_it = [reason](const Word& word) { return same_ignoring_case(word.reason, reason); };
  const auto found = std::ranges::find_if(words, is_it);
  return std::string(found == std::end(words) ? "unknown" : found->reason);
}

bool is_number(const Uri& uri) {
  return uri.is_sip() || uri.scheme == Scheme::tel;
}

void read_diversion(const Message& invite, Redirection& redirection) {
  std::size_t entries = 0;
  for (const std::string_view value : invite.values(HeaderId::diversion)) {
    const auto address = NameAddr::parse(value);
    if (entries++ == entries_max || !address) break;
    redirection.count += std::clamp(parse_seconds(address->params.find("counter").value_or("")).value_or(1), 1U, count_max);
    if (entries > 1 || !is_number(address->uri)) continue;  // The first is the latest.
    redirection.user = unescape(address->uri.user);
    redirection.reason = known(address->params.find("reason").value_or(""));
    const std::string_view privacy = address->params.find("privacy").value_or("off");
    redirection.is_private = !same_ignoring_case(privacy, "off");
  }
}

/// One value of History-Info, as far as it matters here.
struct Entry {
  std::string index;
  std::string user;
  std::string because;        ///< The index of the entry that this one came from.
  unsigned cause = 0;         ///< Why the call came here.
  unsigned left_because = 0;  ///< Why it went on from here (RFC 4244).
  bool is_private = false;
};

unsigned read_cause(std::string_view text) {
  return parse_seconds(text).value_or(0);
}

Entry read_entry(const NameAddr& address) {
  Entry entry{.index = std::string(address.params.find("index").value_or(""))};
  if (is_number(address.uri)) entry.user = unescape(address.uri.user);
  for (const std::string_view name : {"mp", "rc", "np"})
    if (const auto index = address.params.find(name)) entry.because = *index;
  entry.cause = read_cause(address.uri.params.find("cause").value_or(""));
  if (const auto reason = uri_header(address.uri.headers, "reason")) {
    const std::size_t end = std::min(reason->find(';'), reason->size());
    entry.left_because = read_cause(Params(std::string_view(*reason).substr(end)).find("cause").value_or(""));
  }
  if (const auto privacy = uri_header(address.uri.headers, "privacy")) entry.is_private = !same_ignoring_case(*privacy, "none");
  return entry;
}

void read_history(const Message& invite, Redirection& redirection) {
  std::vector<Entry> entries;
  for (const std::string_view value : invite.values(HeaderId::history_info)) {
    const auto address = NameAddr::parse(value);
    if (entries.size() == entries_max || !address) break;
    entries.push_back(read_entry(*address));
  }
  const Entry* latest = nullptr;
  for (std::size_t i = 0; i < entries.size(); ++i) {
    const Entry& each = entries[i];
    unsigned cause = each.left_because;
    const Entry* by = &each;
    if (each.cause != 0) {
      const auto from = std::ranges::find(entries, each.because, &Entry::index);
      cause = each.cause;
      by = !each.because.empty() && from != entries.end() ? &*from : i == 0 ? nullptr : &entries[i - 1];
    }
    if (cause == 0) continue;
    if (by != latest || by == nullptr) ++redirection.count;  // One that is told in both ways is one.
    redirection.reason = reason_of(cause);
    latest = by;
  }
  if (latest == nullptr) return;
  redirection.user = latest->user;
  redirection.is_private = latest->is_private;
}

}  // namespace

Redirection read_redirection(const Message& invite) {
  Redirection redirection;
  if (invite.has(HeaderId::diversion))
    read_diversion(invite, redirection);
  else
    read_history(invite, redirection);
  redirection.count = std::min(redirection.count, count_max);
  return redirection;
}

std::string write_diversion(const Redirection& redirection, std::string_view address) {
  return fmt::format("<{}>;reason={};counter={}{}", address, redirection.reason, std::max(redirection.count, 1U),
                     redirection.is_private ? ";privacy=full" : "");
}

std::string write_history(const Redirection& redirection, std::string_view address, std::string_view target) {
  return fmt::format("<{}{}>;index=1, <{};cause={}>;index=1.1;mp=1", address, redirection.is_private ? "?Privacy=history" : "",
                     target, cause_of(redirection.reason));
}

}  // namespace carillon::sip
