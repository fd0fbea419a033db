// SPDX-License-Identifier: GPL-3.0-or-later
// What is said of a PBX belongs where the PBX belongs: the numbers behind it, and from where it is believed without a password.
#include <algorithm>

#include <fmt/format.h>

#include "api/host_address.hpp"
#include "api/rules.hpp"
#include "base/pattern.hpp"
#include "model/customer.hpp"
#include "model/terminal.hpp"
#include "model/terminal_pattern.hpp"
#include "model/terminal_source.hpp"

namespace carillon::api {

namespace {

/// Gives a new object the brand and customer of its terminal, which is returned. Nothing when that is looked at later.
template <class Part>
Result<std::optional<model::Terminal>> take_tenant(Draft& draft, Part& part) {
  auto terminal = store::find(draft.edit.database(), draft.edit.scope(), part.terminal);
  if (!terminal && terminal.error().is(store::Fault::not_found)) {
    // Without its terminal nobody knows whose it would be.
    draft.faults.push_back({"terminal", part.terminal ? "does not exist" : "is required"});
    return std::nullopt;
  }
  if (!terminal) return std::unexpected(terminal.error());
  const bool is_elsewhere =
      (part.customer && part.customer != terminal->customer) || (part.brand && part.brand != terminal->brand);
  if (is_elsewhere) {
    draft.faults.push_back({"terminal", "does not exist"});
    return std::nullopt;
  }
  part.brand = terminal->brand;
  part.customer = terminal->customer;
  if (terminal->kind != model::TerminalKind::pbx) draft.faults.push_back({"terminal", "is a telephone, not a PBX"});
  return *std::move(terminal);
}

void check_pattern(Draft& draft, std::string_view field, std::string_view text) {
  if (text.empty()) return;
  if (auto compiled = Pattern::compile(text); !compiled) draft.faults.push_back({std::string(field), compiled.error().what});
}

/// What is dialled for help is never behind a PBX, so no pattern says that it is.
Result<> check_help(Draft& draft) {
  const auto& pattern = draft.object.as<model::TerminalPattern>();
  if (!has_changed(draft, &model::TerminalPattern::pattern)) return {};
  const auto compiled = Pattern::compile(pattern.pattern);
  if (!compiled) return {};
  CARILLON_TRY(numbers, help_numbers(draft, pattern.customer));
  const auto fits = [&](const std::string& number) { return compiled->matches(number); };
  if (const auto number = std::ranges::find_if(numbers, fits); number != numbers.end())
    draft.faults.push_back({"pattern", fmt::format("fits {}, which is dialled for help in the customer's country", *number)});
  return {};
}

}  // namespace

Result<> rule_terminal_pattern(Draft& draft) {
  constexpr Room room{.field = "terminal",
                      .count = "SELECT count(*) FROM terminal_patterns WHERE terminal = ? AND id <> ?",
                      .what = "patterns",
                      .most = 100};
  auto& pattern = draft.object.as<model::TerminalPattern>();
  check_pattern(draft, "pattern", pattern.pattern);
  if (draft.before != nullptr) return check_help(draft);
  CARILLON_TRY(terminal, take_tenant(draft, pattern));
  if (!terminal) return {};
  CARILLON_CHECK(check_help(draft));
  CARILLON_TRY(customer, store::find(draft.edit.database(), draft.edit.scope(), terminal->customer));
  if (customer.kind == model::CustomerKind::retail)
    draft.faults.push_back({"terminal", "is a retail account: nobody calls it inside"});
  return check_room(draft, room, pattern.terminal.value);
}

Result<> rule_terminal_source(Draft& draft) {
  constexpr Room room{.field = "terminal",
                      .count = "SELECT count(*) FROM terminal_sources WHERE terminal = ? AND id <> ?",
                      .what = "sources",
                      .most = 32};
  auto& source = draft.object.as<model::TerminalSource>();
  const std::string said = source.address;
  // One, so that a slip of the pen does not believe a whole network.
  if (const auto address = host_address_in(said))
    source.address = address->host();
  else if (!said.empty())
    draft.faults.push_back({"address", "must be one address that somebody can have"});
  note_conversion(draft, "address", said, source.address);
  check_pattern(draft, "fromPattern", source.from_pattern);
  if (draft.before != nullptr) return {};
  CARILLON_TRY(terminal, take_tenant(draft, source));
  if (!terminal) return {};
  return check_room(draft, room, source.terminal.value);
}

}  // namespace carillon::api
