// SPDX-License-Identifier: GPL-3.0-or-later
// Configuration as the call path sees it: an immutable tree platform, brand, customer that is replaced, never changed. Any thread
// may read it; a call keeps the one it began with.
#pragma once

#include <array>
#include <cstdint>
#include <map>
#include <memory>
#include <span>
#include <string>
#include <string_view>
#include <unordered_map>
#include <vector>

#include "base/ip_network.hpp"
#include "directory/calling.hpp"
#include "directory/country_database.hpp"
#include "directory/index.hpp"
#include "directory/pricing.hpp"
#include "directory/routing.hpp"
#include "directory/sources.hpp"
#include "model/brand.hpp"
#include "model/customer.hpp"
#include "model/domain.hpp"
#include "model/extension.hpp"
#include "model/terminal.hpp"
#include "model/user.hpp"

namespace carillon::directory {

struct User;
struct Extension;

/// What registers. Texts and pointers here and below live as long as the customer's node.
struct Terminal {
  Id<model::Terminal> id;
  std::string_view name;
  const User* user = nullptr;  ///< Whose telephone it is; null when nobody's.
  std::array<std::uint8_t, 16> ha1_md5{};
  std::array<std::uint8_t, 32> ha1_sha256{};
  std::uint8_t max_contacts = 0;
  model::ContactLimit contact_limit{};
  model::Forking forking{};
  std::uint8_t fork_seconds = 0;
  model::ConnectedIdentity connected_identity{};
  model::MediaEncryption media_encryption{};
  std::string_view static_contact;  ///< A SIP URI; empty: none.
  const Line* line = nullptr;       ///< Null: it is a telephone, and nothing is said of its calls.

  bool is_pbx() const { return line != nullptr && line->is_pbx(); }
};

struct User {
  Id<model::User> id;
  std::string_view display_name;           ///< "Alice Alison"
  const Terminal* terminal = nullptr;      ///< Null: cannot be rung.
  const Extension* extension = nullptr;    ///< What others see when this user calls.
  bool do_not_disturb = false;             ///< Busy to whoever calls.
  std::uint8_t max_calls = 0;              ///< At so many, made and taken, it is busy too; 0: never.
  std::uint16_t max_calls_per_minute = 0;  ///< To the world; 0: no limit.
  std::uint8_t non_granted_ip_calls = 0;   ///< Calls that it may make at a time from outside of the customer's networks.
  const Ddi* outgoing_ddi = nullptr;       ///< With which number it calls outside; null: the customer's.
  const OutgoingDdiRule* outgoing_ddi_rule = nullptr;  ///< Null likewise.
  const CallAcl* call_acl = nullptr;                   ///< Null: it may call whatever the customer may.
  model::Lock lock{};
  model::Clir clir{};          ///< From whom it hides its number.
  bool sees_withheld = false;  ///< It is told who calls all the same.
};

struct Extension {
  Id<model::Extension> id;
  std::string_view number;
  Target target;
};

/// A tenant with all that belongs to it. Lookups cost one hash; numbers and names compare exactly.
class Customer {
 public:
  Customer(const Customer&) = delete;
  Customer& operator=(const Customer&) = delete;

  Id<model::Customer> id() const { return id_; }
  Id<model::Brand> brand() const { return brand_; }
  model::CustomerKind kind() const { return kind_; }
  const std::string& name() const { return name_; }
  const std::string& country_code() const { return country_code_; }        ///< Without +: "34".
  bool is_locked() const { return is_locked_; }                            ///< It or its brand: nobody of it registers or calls.
  std::int64_t max_calls() const { return max_calls_; }                    ///< At a time; 0: as many as there are.
  std::int64_t max_external_calls() const { return max_external_calls_; }  ///< Of those, with numbers outside.
  std::uint32_t max_calls_per_minute() const { return max_calls_per_minute_; }  ///< To the world, begun; 0: no limit.
  Id<model::MatchList> denied_numbers() const { return denied_numbers_; }       ///< A list of its brand's; none: no list.
  Duration longest_call() const { return longest_call_; }                       ///< Its or its brand's; zero: the platform's.
  const std::string& country() const { return country_; }                       ///< ISO 3166: "ES".
  model::Lock lock() const { return lock_; }
  Id<model::TransformationSet> transformation_set() const { return transformation_set_; }  ///< None: E.164 with +.
  const std::string& outbound_prefix() const { return outbound_prefix_; }  ///< Dialled before external numbers; empty: none.
  const Ddi* outgoing_ddi() const { return outgoing_ddi_; }                ///< Of who has none; null: such calls are refused.
  const OutgoingDdiRule* outgoing_ddi_rule() const { return outgoing_ddi_rule_; }
  std::span<const Ddi> ddis() const { return ddis_; }
  const Ddi* find_ddi(std::string_view number) const;  ///< In E.164 with +.
  /// Those of its country that help answers at; never none.
  std::span<const std::string> emergency_numbers() const { return emergency_numbers_; }
  /// Whether that is one of them.
  bool is_emergency(std::string_view number) const;
  bool is_billed() const { return is_billed_; }  ///< Its calls need prices; else somebody else rates them.
  std::span<const PlanAssignment> plan_assignments() const { return plan_assignments_; }
  const std::string& time_zone() const { return time_zone_; }
  const std::string& language() const { return language_; }
  const std::string& currency() const { return currency_; }
  /// The SIP domain that new requests carry and the realm of every challenge to this customer's devices, also when they reach us
  /// under an IP address.
  const std::string& realm() const { return realm_; }
  std::span<const std::string> domains() const { return domains_; }  ///< Lower case, the oldest first.

  std::span<const Terminal> terminals() const { return terminals_; }
  /// The PBX behind which that number is: of several the one whose priority is smallest, and not `but`. Null: none.
  const Terminal* find_pbx(std::string_view dialled, std::string_view e164, const Terminal* but) const;
  std::span<const User> users() const { return users_; }
  std::span<const Extension> extensions() const { return extensions_; }

  const Terminal* find_terminal(std::string_view name) const;
  const Terminal* find_terminal(Id<model::Terminal> id) const;
  std::span<const Terminal* const> trusted() const { return trusted_; }  ///< PBXs that are known by where they are.
  const Extension* find_extension(std::string_view number) const;
  const User* find_user(Id<model::User> id) const;

  std::size_t bytes() const;  ///< Memory held by this node.

 private:
  friend class CustomerBuilder;
  friend class Snapshot;
  Customer() = default;

  Id<model::Customer> id_;
  Id<model::Brand> brand_;
  model::CustomerKind kind_{};
  std::string name_, country_code_, time_zone_, language_, currency_, realm_;
  std::vector<std::string> domains_;
  std::string texts_;  ///< All names and numbers, one after the other.
  bool has_ip_filter_ = false;
  bool is_locked_ = false;
  bool is_billed_ = false;
  std::int64_t max_calls_ = 0;
  std::int64_t max_external_calls_ = 0;
  std::uint32_t max_calls_per_minute_ = 0;
  Id<model::MatchList> denied_numbers_;
  Duration longest_call_{};
  std::string country_, outbound_prefix_;
  model::Lock lock_{};
  Id<model::TransformationSet> transformation_set_;
  std::vector<std::string> emergency_numbers_;
  std::vector<Ddi> ddis_;
  std::vector<CallAcl> call_acls_;
  std::vector<OutgoingDdiRule> outgoing_ddi_rules_;
  std::vector<PlanAssignment> plan_assignments_;  ///< By metric, then the oldest first.
  const Ddi* outgoing_ddi_ = nullptr;
  const OutgoingDdiRule* outgoing_ddi_rule_ = nullptr;
  std::vector<IpNetwork> granted_;
  std::vector<Country> countries_;  ///< Empty: all.
  std::vector<Line> lines_;
  std::vector<Terminal> terminals_;
  std::vector<const Terminal*> pbxs_;     ///< That have patterns, by priority.
  std::vector<const Terminal*> trusted_;  ///< That have sources.
  std::vector<User> users_;
  std::vector<Extension> extensions_;
  Index terminal_by_name_, terminal_by_id_, extension_by_number_, user_by_id_, ddi_by_number_;
};

/// The accounts of a brand's retail customers, by the name that is theirs alone in the brand's domains.
class Accounts {
 public:
  explicit Accounts(std::span<const std::shared_ptr<const Customer>> customers);
  /// Whose account that is; null when nobody's.
  const Customer* find(std::string_view name) const;
  std::size_t bytes() const { return index_.bytes() + accounts_.capacity() * sizeof(Account); }

 private:
  struct Account {
    std::string_view name;
    const Customer* customer;
  };
  std::vector<Account> accounts_;
  Index index_;
};

/// The numbers of customers: of a brand's, or of all.
class Numbers {
 public:
  Numbers() = default;
  explicit Numbers(std::span<const std::shared_ptr<const Customer>> customers);
  struct Found {
    const Customer* customer = nullptr;  ///< Null: nobody's of these.
    const Ddi* ddi = nullptr;
  };
  Found find(std::string_view number) const;  ///< In E.164 with +.
  std::size_t bytes() const { return index_.bytes() + numbers_.capacity() * sizeof(Found); }

 private:
  std::vector<Found> numbers_;
  Index index_;
};

struct Brand {
  Id<model::Brand> id;
  std::string name;
  std::vector<std::string> domains;                        ///< Its own, lower case: where its retail customers' accounts live.
  std::vector<std::shared_ptr<const Customer>> customers;  ///< By id, so the oldest first.
  std::shared_ptr<const Accounts> accounts;                ///< Never null in a snapshot, nor are these:
  std::shared_ptr<const Numbers> numbers;
  std::shared_ptr<const Routing> routing;
  PricingPlans plans;                      ///< Its price lists.
  std::uint32_t max_calls = 0;             ///< With numbers outside, at a time; 0: as many as there are.
  std::uint32_t max_calls_per_minute = 0;  ///< To those, begun; 0: no limit.
};

/// The root. Shared between threads by shared_ptr<const Snapshot>: the one object of the call path that is.
class Snapshot {
 public:
  /// The number of the last change this snapshot includes.
  std::int64_t change() const { return change_; }

  std::span<const std::shared_ptr<const Brand>> brands() const { return brands_; }
  const Brand* find_brand(Id<model::Brand> id) const;
  const Customer* find_customer(Id<model::Customer> id) const;
  /// By SIP domain, in any case ("Users.DemoCompany.com").
  const Customer* find_domain(std::string_view host) const;
  /// The brand whose own domain it is, likewise.
  const Brand* find_brand_domain(std::string_view host) const;
  /// The oldest customer with a PBX of its own: owner of requests whose domain is the listener's own IP address. Null on an empty
  /// platform.
  const Customer* first_customer() const { return first_; }
  /// Whose PBX calls from there without a password.
  struct Trusted {
    const Customer* customer = nullptr;  ///< Null: nobody's.
    const Terminal* terminal = nullptr;
  };
  /// `from`: the user part of From. `is_owner`: whether the domain there may be that customer's.
  template <class IsOwner>
  Trusted find_trusted(const Source& source, model::SourceTransport transport, std::string_view from, IsOwner is_owner) const {
    const auto [begin, end] = trusted_.equal_range(source.address);
    Trusted found;
    for (auto at = begin; at != end; ++at) {
      const TerminalSource& row = *at->second.source;
      const Trusted& who = at->second.who;
      if (!row.is_way(transport) || (row.from && !row.from->matches(from)) || !is_owner(*who.customer)) continue;
      if (found.customer != nullptr && found.customer != who.customer) return {};  // Whose it is nobody can tell.
      if (found.customer == nullptr) found = who;
    }
    return found;
  }
  /// Whose number of the world that is, of whichever brand.
  Numbers::Found find_ddi(std::string_view number) const { return numbers_.find(number); }
  /// Which carriers call from there, of whichever brand.
  std::vector<Sources::Found> find_sources(const Source& source) const { return sources_.find(source); }
  /// Which carrier calls so, because we are registered there.
  Sources::Registered find_registered(std::string_view contact_user) const { return sources_.find_registered(contact_user); }

  /// Whether an address (IPv4 as mapped IPv6) is in the customer's networks and countries, as far as the customer cares.
  bool is_granted(const Customer& customer, const std::array<std::uint8_t, 16>& address) const;
  /// Whether this telephone of the customer's may be there.
  bool is_granted(const Customer& customer, const std::array<std::uint8_t, 16>& address, const Terminal& terminal) const;
  /// Null: nobody knows countries, and no customer's are looked at.
  const std::shared_ptr<const CountryDatabase>& countries() const { return countries_; }

  std::size_t customer_count() const { return by_id_.size(); }
  std::size_t subscriber_count() const { return subscribers_; }
  std::size_t bytes() const;

 private:
  friend class Builder;
  struct DomainHash {
    std::size_t operator()(std::string_view host) const;
  };
  struct DomainEqual {
    bool operator()(std::string_view a, std::string_view b) const;
  };

  std::int64_t change_ = 0;
  std::vector<std::shared_ptr<const Brand>> brands_;
  std::unordered_map<Id<model::Customer>, const Customer*> by_id_;
  std::unordered_map<std::string_view, const Customer*, DomainHash, DomainEqual> by_domain_;
  std::unordered_map<std::string_view, const Brand*, DomainHash, DomainEqual> brand_by_domain_;
  Numbers numbers_;
  Sources sources_;
  const Customer* first_ = nullptr;
  struct TrustedSource {
    const TerminalSource* source;
    Trusted who;
  };
  std::multimap<std::array<std::uint8_t, 16>, TrustedSource> trusted_;
  std::shared_ptr<const CountryDatabase> countries_;
  std::size_t subscribers_ = 0;
};

/// The virtual slot of a customer: which shard it lives on, and which registration log keeps its bindings.
constexpr std::uint8_t slot_of(Id<model::Customer> customer) {
  return static_cast<std::uint8_t>(customer.value % 256);
}

}  // namespace carillon::directory
