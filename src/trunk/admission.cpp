// SPDX-License-Identifier: GPL-3.0-or-later
#include "trunk/admission.hpp"

namespace carillon::trunk {

namespace {

void refuse(call::Call& call, std::string_view who, Way way) {
  const bool is_busy = way == Way::in;
  call.explain(fmt::format("limit: {} has as many calls with the world as it may", who));
  call.set_ending(is_busy ? journal::Status::busy : journal::Status::failed, is_busy ? 486 : 403,
                  "Maximum parallel calls exceeded");
}

void refuse_haste(call::Call& call, std::string_view who, journal::Limit whose) {
  call.explain(fmt::format("limit: {} has begun as many calls to the world within a minute as it may", who));
  call.note_limit(whose);
  call.set_ending(journal::Status::failed, 403, "Maximum calls per minute exceeded");
}

/// Somebody whose calls to the world are counted by the minute.
struct Hasty {
  PermitKey key;
  std::uint32_t most = 0;
  std::string_view name;
  journal::Limit whose{};
};

/// Who makes the call, the narrowest first: what is refused to a telephone is none of its customer's.
std::vector<Hasty> makers_of(const call::Call& call) {
  const directory::Customer& customer = *call.facts().customer;
  std::vector<Hasty> makers;
  if (const directory::Terminal* terminal = call.facts().terminal; terminal != nullptr && terminal->line != nullptr)
    makers.push_back({PermitKey::of(terminal->id, customer.id()), terminal->line->max_calls_per_minute, terminal->name,
                      journal::Limit::terminal});
  if (const directory::User* user = call.facts().user(); user != nullptr)
    makers.push_back(
        {PermitKey::of(user->id, customer.id()), user->max_calls_per_minute, user->display_name, journal::Limit::user});
  makers.push_back({PermitKey::of(customer.id()), customer.max_calls_per_minute(), customer.name(), journal::Limit::customer});
  return makers;
}

/// Whether whoever makes the call may begin one more now.
Task<bool> take_turns(call::Call& call, PermitOffice& office) {
  for (const Hasty& each : makers_of(call)) {
    const CallLimit limit{.a_minute = each.most};
    const auto turn = co_await take_permit(call.services().loop, office, each.key, call.id(), limit);
    if (turn) continue;
    refuse_haste(call, each.name, each.whose);
    co_return false;
  }
  co_return true;
}

}  // namespace

Task<std::optional<Permit>> admit(call::Call& call, PermitOffice& office, Way way) {
  const directory::Customer& customer = *call.facts().customer;
  const auto most = static_cast<std::size_t>(customer.max_external_calls());
  if (most != 0 && call.services().switchboard.count_external(customer, call) >= most) {
    refuse(call, customer.name(), way);
    co_return std::nullopt;
  }
  if (way == Way::out) {
    const bool may_begin = co_await take_turns(call, office);
    if (!may_begin) co_return std::nullopt;
  }
  const directory::Brand* brand = call.facts().snapshot->find_brand(customer.brand());
  if (brand == nullptr) co_return Permit();
  CallLimit limit{.at_a_time = brand->max_calls};
  if (way == Way::out) limit.a_minute = brand->max_calls_per_minute;
  auto permit = co_await take_permit(call.services().loop, office, PermitKey::of(brand->id), call.id(), limit);
  if (permit) co_return *std::move(permit);
  if (permit.error() == Verdict::full)
    refuse(call, brand->name, way);
  else
    refuse_haste(call, brand->name, journal::Limit::brand);
  co_return std::nullopt;
}

Task<std::optional<Permit>> admit(call::Call& call, PermitOffice& office, const directory::Carrier& carrier) {
  const CallLimit limit{.at_a_time = carrier.max_calls};
  auto permit = co_await take_permit(call.services().loop, office, PermitKey::of(carrier.id), call.id(), limit);
  if (permit) co_return *std::move(permit);
  call.explain_to_brand(fmt::format("limit: {} has as many calls as it may", carrier.name));
  co_return std::nullopt;
}

void count_on(const call::Call& call, call::Leg& leg, PermitOffice& office, Id<model::Carrier> carrier) {
  leg.hold(hold_permit(office, PermitKey::of(call.facts().customer->brand()), call.id()));
  if (carrier) leg.hold(hold_permit(office, PermitKey::of(carrier), call.id()));
}

}  // namespace carillon::trunk
