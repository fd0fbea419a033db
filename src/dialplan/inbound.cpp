// SPDX-License-Identifier: GPL-3.0-or-later
#include "dialplan/inbound.hpp"

#include <algorithm>
#include <tuple>

#include "dialplan/external.hpp"
#include "dialplan/transformation.hpp"

namespace carillon::dialplan {

namespace {

std::string read(const directory::TransformationSet* set, model::TransformationDirection direction, std::string_view number) {
  return to_e164(transform(set, direction, number));
}

/// What is not in E.164 stays as it is.
std::string written(const directory::TransformationSet* set, model::TransformationDirection direction, std::string_view number) {
  if (set == nullptr || !number.starts_with('+')) return std::string(number);
  return transform(set, direction, from_e164(number));
}

}  // namespace

Inbound find_inbound(const directory::Brand& brand, const directory::Carrier& carrier, std::string_view called) {
  Inbound found{.brand = &brand, .carrier = &carrier};
  found.number = read(carrier.transformation.get(), model::TransformationDirection::callee_in, called);
  const directory::Numbers::Found number = brand.numbers->find(found.number);
  found.customer = number.customer;
  found.ddi = number.ddi;
  return found;
}

namespace {

/// How many digits the two have in common at their end. Whoever writes numbers his own way writes their beginning otherwise.
std::size_t common_tail(std::string_view called, std::string_view number) {
  const auto [a, b] = std::mismatch(called.rbegin(), called.rend(), number.rbegin(), number.rend());
  return static_cast<std::size_t>(a - called.rbegin());
}

/// How much a candidate who has the number that he reads is meant, as compared with others. Addresses and names are written by
/// anybody, so they tell less than the number does.
auto claim_of(const Inbound& found, bool is_by_name, std::string_view called) {
  const directory::Ddi& ddi = *found.ddi;
  const bool is_its_carriers = !ddi.carrier || ddi.carrier == found.carrier->id;
  const bool is_in_block = found.brand->routing->blocks().find(ddi.number) != nullptr;
  return std::tuple(is_its_carriers, is_in_block, common_tail(called, found.number), !is_by_name, -ddi.id.value);
}

}  // namespace

Inbound find_inbound(const directory::Snapshot& snapshot, const Source& source, std::string_view called) {
  Inbound best;
  bool is_best_by_name = false;
  for (const auto& [brand, carrier, is_by_name] : snapshot.find_sources(source)) {
    Inbound found = find_inbound(*brand, *carrier, called);
    const bool is_meant_more =
        best.brand == nullptr ||
        (found.customer != nullptr &&
         (best.customer == nullptr || claim_of(found, is_by_name, called) > claim_of(best, is_best_by_name, called)));
    if (!is_meant_more) continue;
    best = std::move(found);
    is_best_by_name = is_by_name;
  }
  return best;
}

std::size_t sources_of_others(const directory::Snapshot& snapshot, const directory::Carrier& carrier, std::string_view called) {
  const auto is_others = [&](const directory::CarrierSource& each) {
    const Inbound found = find_inbound(snapshot, {.address = each.network.bytes, .port = each.port, .is_stream = false}, called);
    return found.customer != nullptr && found.carrier != &carrier;
  };
  return static_cast<std::size_t>(std::ranges::count_if(carrier.sources, is_others));
}

Inbound find_inbound(const directory::Snapshot& snapshot, const Source& source, std::string_view called, std::string_view to) {
  Inbound by_contact;
  if (const auto [registered, registration] = snapshot.find_registered(called); registration != nullptr) {
    by_contact = find_inbound(*registered.brand, *registered.carrier, to);
    // To may have a name of theirs, and the Contact be the number.
    if (by_contact.customer == nullptr) by_contact = find_inbound(*registered.brand, *registered.carrier, called);
    if (by_contact.customer != nullptr && directory::Routing::is_source(*registered.carrier, source)) return by_contact;
    by_contact.registration = registration;
  }
  // Somebody's Contact may be somebody else's number: who calls from a source of theirs means theirs. But no other brand takes a
  // call from the one whose registration is called by saying that it knows the source too.
  Inbound by_source = find_inbound(snapshot, source, called);
  const bool is_others = by_contact.customer != nullptr && by_source.brand != by_contact.brand;
  if (by_contact.brand == nullptr || (by_source.customer != nullptr && !is_others)) return by_source;
  return by_contact;
}

std::string read_caller(const directory::Carrier& carrier, std::string_view caller) {
  return read(carrier.transformation.get(), model::TransformationDirection::caller_in, caller);
}

std::string shown_number(const directory::Snapshot& snapshot, const directory::Customer& customer, std::string_view number,
                         const directory::Line* line) {
  return written(find_transformation(snapshot, customer, line), model::TransformationDirection::caller_out, number);
}

std::string asked_number(const directory::Snapshot& snapshot, const directory::Customer& customer, const directory::Line* line,
                         std::string_view number) {
  return written(find_transformation(snapshot, customer, line), model::TransformationDirection::callee_out, number);
}

}  // namespace carillon::dialplan
