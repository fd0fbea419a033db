// SPDX-License-Identifier: GPL-3.0-or-later
#include "trunk/admission.hpp"

namespace carillon::trunk {

namespace {

void refuse(call::Call& call, std::string_view who, int status) {
  call.explain(fmt::format("limit: {} has as many calls with the world as it may", who));
  call.set_ending(status == 486 ? journal::Status::busy : journal::Status::failed, status, "Maximum parallel calls exceeded");
}

}  // namespace

Task<std::optional<Permit>> admit(call::Call& call, PermitOffice& office, int status) {
  const directory::Customer& customer = *call.facts().customer;
  const auto most = static_cast<std::size_t>(customer.max_external_calls());
  if (most != 0 && call.services().switchboard.count_external(customer, call) >= most) {
    refuse(call, customer.name(), status);
    co_return std::nullopt;
  }
  const directory::Brand* brand = call.facts().snapshot->find_brand(customer.brand());
  if (brand == nullptr) co_return Permit();
  auto permit = co_await take_permit(call.services().loop, office, PermitKey::of(brand->id), call.id(), brand->max_calls);
  if (!permit) refuse(call, brand->name, status);
  co_return permit;
}

Task<std::optional<Permit>> admit(call::Call& call, PermitOffice& office, const directory::Carrier& carrier) {
  auto permit = co_await take_permit(call.services().loop, office, PermitKey::of(carrier.id), call.id(), carrier.max_calls);
  if (!permit) call.explain_to_brand(fmt::format("limit: {} has as many calls as it may", carrier.name));
  co_return permit;
}

void count_on(const call::Call& call, call::Leg& leg, PermitOffice& office, Id<model::Carrier> carrier) {
  leg.hold(hold_permit(office, PermitKey::of(call.facts().customer->brand()), call.id()));
  if (carrier) leg.hold(hold_permit(office, PermitKey::of(carrier), call.id()));
}

}  // namespace carillon::trunk
