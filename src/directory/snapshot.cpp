// SPDX-License-Identifier: GPL-3.0-or-later
// Lookups in a snapshot: one hash each.
#include "directory/snapshot.hpp"

#include "directory/hash.hpp"

namespace carillon::directory {

const Terminal* Customer::find_terminal(std::string_view name) const {
  const auto at = terminal_by_name_.find(hash_of(name), [&](std::uint32_t i) { return terminals_[i].name == name; });
  return at == Index::none ? nullptr : &terminals_[at];
}

const Terminal* Customer::find_terminal(Id<model::Terminal> id) const {
  const auto at = terminal_by_id_.find(hash_of(id.value), [&](std::uint32_t i) { return terminals_[i].id == id; });
  return at == Index::none ? nullptr : &terminals_[at];
}

const Extension* Customer::find_extension(std::string_view number) const {
  const auto at = extension_by_number_.find(hash_of(number), [&](std::uint32_t i) { return extensions_[i].number == number; });
  return at == Index::none ? nullptr : &extensions_[at];
}

const User* Customer::find_user(Id<model::User> id) const {
  const auto at = user_by_id_.find(hash_of(id.value), [&](std::uint32_t i) { return users_[i].id == id; });
  return at == Index::none ? nullptr : &users_[at];
}

const Terminal* Customer::find_pbx(std::string_view dialled, std::string_view e164, const Terminal* but) const {
  const auto has = [&](const Terminal* pbx) {
    const auto fits = [&](const Pattern& each) { return each.matches(dialled) || each.matches(e164); };
    return pbx != but && std::ranges::any_of(pbx->line->patterns, fits);
  };
  const auto found = std::ranges::find_if(pbxs_, has);
  return found == pbxs_.end() ? nullptr : *found;
}

std::size_t Customer::bytes() const {
  return sizeof(*this) + texts_.capacity() + granted_.capacity() * sizeof(IpNetwork) + countries_.capacity() * sizeof(Country) +
         terminals_.capacity() * sizeof(Terminal) + users_.capacity() * sizeof(User) +
         extensions_.capacity() * sizeof(Extension) + terminal_by_name_.bytes() + terminal_by_id_.bytes() +
         extension_by_number_.bytes() + user_by_id_.bytes() + ddis_.capacity() * sizeof(Ddi) +
         call_acls_.capacity() * sizeof(CallAcl) + lines_.capacity() * sizeof(Line) + pbxs_.capacity() * sizeof(void*) +
         outgoing_ddi_rules_.capacity() * sizeof(OutgoingDdiRule) + ddi_by_number_.bytes() +
         plan_assignments_.capacity() * sizeof(PlanAssignment);
}

Accounts::Accounts(std::span<const std::shared_ptr<const Customer>> customers) {
  for (const auto& customer : customers) {
    if (customer->kind() != model::CustomerKind::retail) continue;
    for (const Terminal& terminal : customer->terminals()) accounts_.push_back({terminal.name, customer.get()});
  }
  index_.reserve(accounts_.size());
  for (std::uint32_t i = 0; i < accounts_.size(); ++i) index_.insert(hash_of(accounts_[i].name), i);
}

const Customer* Accounts::find(std::string_view name) const {
  const auto at = index_.find(hash_of(name), [&](std::uint32_t i) { return accounts_[i].name == name; });
  return at == Index::none ? nullptr : accounts_[at].customer;
}

const Ddi* Customer::find_ddi(std::string_view number) const {
  const auto at = ddi_by_number_.find(hash_of(number), [&](std::uint32_t i) { return ddis_[i].number == number; });
  return at == Index::none ? nullptr : &ddis_[at];
}

bool Customer::is_emergency(std::string_view number) const {
  return std::ranges::find(emergency_numbers_, number) != emergency_numbers_.end();
}

Numbers::Numbers(std::span<const std::shared_ptr<const Customer>> customers) {
  for (const auto& customer : customers)
    for (const Ddi& ddi : customer->ddis()) numbers_.push_back({customer.get(), &ddi});
  index_.reserve(numbers_.size());
  for (std::uint32_t i = 0; i < numbers_.size(); ++i) index_.insert(hash_of(numbers_[i].ddi->number), i);
}

Numbers::Found Numbers::find(std::string_view number) const {
  const auto at = index_.find(hash_of(number), [&](std::uint32_t i) { return numbers_[i].ddi->number == number; });
  return at == Index::none ? Found{} : numbers_[at];
}

const Brand* Snapshot::find_brand(Id<model::Brand> id) const {
  const auto found = std::ranges::lower_bound(brands_, id, {}, [](const auto& brand) { return brand->id; });
  return found == brands_.end() || (*found)->id != id ? nullptr : found->get();
}

const Customer* Snapshot::find_customer(Id<model::Customer> id) const {
  const auto found = by_id_.find(id);
  return found == by_id_.end() ? nullptr : found->second;
}

const Customer* Snapshot::find_domain(std::string_view host) const {
  const auto found = by_domain_.find(host);
  return found == by_domain_.end() ? nullptr : found->second;
}

const Brand* Snapshot::find_brand_domain(std::string_view host) const {
  const auto found = brand_by_domain_.find(host);
  return found == brand_by_domain_.end() ? nullptr : found->second;
}

bool Snapshot::is_granted(const Customer& customer, const std::array<std::uint8_t, 16>& address) const {
  const auto& networks = customer.granted_;
  const auto contains = [&](const IpNetwork& each) { return each.contains(address); };
  if (customer.has_ip_filter_ && std::ranges::none_of(networks, contains)) return false;
  if (customer.countries_.empty() || countries_ == nullptr) return true;
  const std::optional<Country> country = countries_->find(address);
  return !country || std::ranges::find(customer.countries_, *country) != customer.countries_.end();
}

bool Snapshot::is_granted(const Customer& customer, const std::array<std::uint8_t, 16>& address, const Terminal& terminal) const {
  return is_granted(customer, address) || (terminal.user != nullptr && terminal.user->non_granted_ip_calls != 0);
}

std::size_t Snapshot::bytes() const {
  // A node of either map: pair, hash and link, plus its bucket.
  constexpr std::size_t map_node = 48;
  std::size_t sum = sizeof(*this) + numbers_.bytes() + sources_.bytes() +
                    (by_id_.size() + by_domain_.size() + brand_by_domain_.size()) * map_node;
  for (const auto& brand : brands_) {
    sum += brand->accounts->bytes() + brand->numbers->bytes() + brand->routing->bytes();
    for (const auto& plan : brand->plans) sum += plan->bytes();
    for (const auto& customer : brand->customers) sum += customer->bytes();
  }
  return sum;
}

std::size_t Snapshot::DomainHash::operator()(std::string_view host) const {
  // FNV-1a over lower case: RFC 3261 §19.1.4, host names compare without case.
  std::uint64_t hash = 0xcbf29ce484222325U;
  for (const char c : host) hash = (hash ^ static_cast<unsigned char>(lower(c))) * 0x100000001b3U;
  return hash;
}

bool Snapshot::DomainEqual::operator()(std::string_view a, std::string_view b) const {
  return std::ranges::equal(a, b, {}, lower, lower);
}

}  // namespace carillon::directory
