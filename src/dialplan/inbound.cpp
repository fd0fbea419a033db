// SPDX-License-Identifier: GPL-3.0-or-later
#include "dialplan/inbound.hpp"

#include "dialplan/transformation.hpp"

namespace carillon::dialplan {

namespace {

std::string read(const directory::TransformationSet* set, model::TransformationDirection direction, std::string_view number) {
  return to_e164(transform(set, direction, number));
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

Inbound find_inbound(const directory::Snapshot& snapshot, const Source& source, std::string_view called) {
  Inbound first;
  for (const auto& [brand, carrier] : snapshot.find_sources(source)) {
    Inbound found = find_inbound(*brand, *carrier, called);
    if (found.customer != nullptr) return found;
    if (first.brand == nullptr) first = std::move(found);
  }
  return first;
}

std::string read_caller(const directory::Carrier& carrier, std::string_view caller) {
  return read(carrier.transformation.get(), model::TransformationDirection::caller_in, caller);
}

std::string shown_number(const directory::Snapshot& snapshot, const directory::Customer& customer, std::string_view number) {
  const directory::Brand* brand = snapshot.find_brand(customer.brand());
  if (brand == nullptr || !number.starts_with('+')) return std::string(number);
  const auto& set = brand->routing->find_transformation(customer.transformation_set());
  if (set == nullptr) return std::string(number);
  return transform(set.get(), model::TransformationDirection::caller_out, from_e164(number));
}

}  // namespace carillon::dialplan
