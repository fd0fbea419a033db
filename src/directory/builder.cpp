// SPDX-License-Identifier: GPL-3.0-or-later
// From rows to nodes to a root.
#include "directory/builder.hpp"

#include <ranges>

#include "base/assert.hpp"
#include "base/utf8.hpp"
#include "directory/hash.hpp"

namespace carillon::directory {
namespace {

/// Reads lower-case or upper-case hex of exactly the size of `out`.
bool read_hex(std::string_view text, std::span<std::uint8_t> out) {
  const auto digit = [](char c) {
    const char l = lower(c);
    return l >= '0' && l <= '9' ? l - '0' : l >= 'a' && l <= 'f' ? l - 'a' + 10 : -1;
  };
  if (text.size() != out.size() * 2) return false;
  for (std::size_t i = 0; i < out.size(); ++i) {
    const int high = digit(text[2 * i]);
    const int low = digit(text[2 * i + 1]);
    if (high < 0 || low < 0) return false;
    out[i] = static_cast<std::uint8_t>(high << 4 | low);
  }
  return true;
}

std::string display_name_of(const model::User& user) {
  return user.last_name.empty() ? user.name : user.name + ' ' + user.last_name;
}

std::unexpected<Error> broken_reference(std::string_view what, std::int64_t id, std::string_view to) {
  return failure(Fault::broken_reference, fmt::format("{} {} refers to a {} that does not exist.", what, to_base32(id), to));
}

}  // namespace

/// Fills one node. Vectors get their final size before anything points into them.
class CustomerBuilder {
 public:
  explicit CustomerBuilder(const CustomerRows& rows) : rows_(rows), node_(new Customer()) {}

  Result<std::shared_ptr<const Customer>> build() {
    set_head();
    reserve();
    CARILLON_CHECK(add_terminals());
    CARILLON_CHECK(add_users());
    CARILLON_CHECK(add_extensions());
    CARILLON_CHECK(add_ddis());
    add_lists();
    add_plan_assignments();
    CARILLON_CHECK(link_users());
    add_lines();
    return std::move(node_);
  }

 private:
  void set_head() {
    const model::Customer& customer = rows_.customer;
    node_->id_ = customer.id;
    node_->brand_ = customer.brand;
    node_->kind_ = customer.kind;
    node_->name_ = customer.name;
    node_->country_code_ = customer.country_code;
    const model::Brand& brand = rows_.brand;
    node_->time_zone_ = customer.time_zone.empty() ? brand.time_zone : customer.time_zone;
    node_->language_ = customer.language.empty() ? brand.language : customer.language;
    node_->currency_ = customer.currency.empty() ? brand.currency : customer.currency;
    node_->is_locked_ = customer.status == model::Status::locked || brand.status == model::Status::locked;
    node_->max_calls_ = customer.max_calls;
    node_->max_external_calls_ = customer.max_external_calls;
    node_->max_calls_per_minute_ = static_cast<std::uint32_t>(customer.max_calls_per_minute == 0 ? brand.customer_calls_per_minute
                                                                                                 : customer.max_calls_per_minute);
    node_->denied_numbers_ = customer.denied_numbers;
    node_->longest_call_ =
        std::chrono::seconds(customer.max_call_seconds == 0 ? brand.max_call_seconds : customer.max_call_seconds);
    node_->country_ = customer.country;
    node_->outbound_prefix_ = customer.outbound_prefix;
    node_->lock_ = customer.lock;
    node_->transformation_set_ = customer.transformation_set;
    for (const auto number : std::views::split(rows_.emergency_numbers, ' '))
      if (!number.empty()) node_->emergency_numbers_.emplace_back(std::string_view(number));
    node_->is_billed_ = customer.features.has(model::Feature::billing) && brand.features.has(model::Feature::billing);
    // ITU-T E.161.1 recommends these two; who has said no others does not mean that nobody helps.
    if (node_->emergency_numbers_.empty()) node_->emergency_numbers_ = {"112", "911"};
    const bool is_retail = customer.kind == model::CustomerKind::retail;
    for (const model::Domain& domain : rows_.domains) {
      if (domain.customer) node_->domains_.push_back(lower_case(domain.name));
      const bool is_realm = is_retail ? !domain.customer : domain.customer == customer.id;
      if (is_realm && node_->realm_.empty()) node_->realm_ = lower_case(domain.name);
    }
    if (node_->realm_.empty()) node_->realm_ = customer.name;
    node_->has_ip_filter_ = customer.ip_filter;
    for (const model::CustomerNetwork& row : rows_.networks)  // What is no network admits nobody.
      if (const auto network = IpNetwork::parse(row.network)) node_->granted_.push_back(*network);
    const std::string_view countries = customer.allowed_countries;  // What is no country admits nobody.
    for (std::size_t i = 0; i < countries.size(); i += 3)
      node_->countries_.push_back({{countries[i], i + 1 < countries.size() ? countries[i + 1] : ' '}});
  }

  void reserve() {
    std::size_t texts = 0;
    for (const model::Terminal& terminal : rows_.terminals) texts += terminal.name.size() + terminal.static_contact.size();
    for (const model::User& user : rows_.users) texts += display_name_of(user).size();
    for (const model::Extension& extension : rows_.extensions) texts += extension.number.size();
    node_->texts_.reserve(texts);
    node_->terminals_.reserve(rows_.terminals.size());
    node_->users_.reserve(rows_.users.size());
    node_->extensions_.reserve(rows_.extensions.size());
    node_->terminal_by_name_.reserve(rows_.terminals.size());
    node_->terminal_by_id_.reserve(rows_.terminals.size());
    node_->user_by_id_.reserve(rows_.users.size());
    node_->ddis_.reserve(rows_.ddis.size());
    node_->ddi_by_number_.reserve(rows_.ddis.size());
    node_->call_acls_.reserve(rows_.call_acls.size());
    node_->outgoing_ddi_rules_.reserve(rows_.outgoing_ddi_rules.size());
    node_->extension_by_number_.reserve(rows_.extensions.size());
  }

  /// A text of the node's own. The buffer was made large enough for all, so none moves.
  std::string_view keep(std::string_view text) {
    const std::size_t begin = node_->texts_.size();
    CARILLON_ASSERT(begin + text.size() <= node_->texts_.capacity());
    node_->texts_.append(text);
    return std::string_view(node_->texts_).substr(begin);
  }

  static std::uint32_t last(const auto& vector) { return static_cast<std::uint32_t>(vector.size() - 1); }

  /// What a terminal does not say itself its domain says.
  void set_policy(Terminal& terminal, const model::Terminal& row) const {
    const auto found = std::ranges::find(rows_.domains, row.domain, &model::Domain::id);
    const model::Domain domain = found == rows_.domains.end() ? model::Domain() : *found;
    const auto said = [](auto own, auto inherited) { return own == decltype(own){} ? inherited : own; };
    const auto byte = [](std::int64_t value, std::int64_t least, std::int64_t most) {
      return static_cast<std::uint8_t>(std::clamp(value, least, most));
    };
    terminal.max_contacts = byte(said(row.max_contacts, domain.max_contacts), 1, 255);
    terminal.contact_limit = said(row.contact_limit, domain.contact_limit);
    terminal.forking = said(row.forking, domain.forking);
    terminal.fork_seconds = byte(said(row.fork_seconds, domain.fork_seconds), 5, 180);
    terminal.connected_identity = said(row.connected_identity, domain.connected_identity);
    terminal.media_encryption = said(row.media_encryption, domain.media_encryption);
  }

  Result<> add_terminals() {
    for (const model::Terminal& row : rows_.terminals) {
      if (node_->find_terminal(row.name) != nullptr)
        return failure(Fault::duplicate, fmt::format("Terminal {} exists twice.", row.name));
      Terminal& terminal = node_->terminals_.emplace_back();
      terminal.id = row.id;
      terminal.name = keep(row.name);
      set_policy(terminal, row);
      terminal.static_contact = keep(row.static_contact);
      if (!read_hex(row.ha1_md5.reveal(), terminal.ha1_md5) || !read_hex(row.ha1_sha256.reveal(), terminal.ha1_sha256)) {
        return failure(Fault::bad_secret, fmt::format("Terminal {} has a damaged digest key: set its password again.", row.name));
      }
      node_->terminal_by_name_.insert(hash_of(terminal.name), last(node_->terminals_));
      node_->terminal_by_id_.insert(hash_of(row.id.value), last(node_->terminals_));
    }
    return {};
  }

  Result<> add_users() {
    for (const model::User& row : rows_.users) {
      User& user = node_->users_.emplace_back();
      user.id = row.id;
      user.display_name = keep(display_name_of(row));
      user.do_not_disturb = row.do_not_disturb;
      user.lock = row.lock;
      user.clir = row.clir;
      user.sees_withheld = row.sees_withheld;
      user.max_calls = static_cast<std::uint8_t>(std::clamp<std::int64_t>(row.max_calls, 0, 100));
      user.max_calls_per_minute = static_cast<std::uint16_t>(std::clamp<std::int64_t>(row.max_calls_per_minute, 0, 10'000));
      user.non_granted_ip_calls = static_cast<std::uint8_t>(std::clamp<std::int64_t>(row.non_granted_ip_calls, 0, 3));
      node_->user_by_id_.insert(hash_of(row.id.value), last(node_->users_));
      if (!row.terminal) continue;
      user.terminal = node_->find_terminal(row.terminal);
      if (user.terminal == nullptr) return broken_reference("User", row.id.value, "terminal");
      node_->terminals_[static_cast<std::size_t>(user.terminal - node_->terminals_.data())].user = &user;
    }
    return {};
  }

  /// `what` and `id`: of the row that leads there.
  Result<Target> find_target(Id<model::Target> target, std::string_view what, std::int64_t id) {
    if (kinds_.empty())
      for (const model::Target& each : rows_.targets) kinds_.emplace(each.id, each.kind);
    const auto kind = kinds_.find(target);
    if (kind == kinds_.end()) return broken_reference(what, id, "target");
    Target found{.kind = kind->second, .id = target};
    if (found.kind == model::TargetKind::user) {
      found.user = node_->find_user({target.value});
      if (found.user == nullptr) return broken_reference(what, id, "user");
    } else {
      found.terminal = node_->find_terminal(Id<model::Terminal>{target.value});
      if (found.terminal == nullptr) return broken_reference(what, id, "terminal");
    }
    return found;
  }

  Result<> add_extensions() {
    for (const model::Extension& row : rows_.extensions) {
      if (node_->find_extension(row.number) != nullptr) {
        return failure(Fault::duplicate, fmt::format("Extension {} exists twice.", row.number));
      }
      CARILLON_TRY(target, find_target(row.target, "Extension", row.id.value));
      node_->extensions_.push_back({row.id, keep(row.number), target});
      node_->extension_by_number_.insert(hash_of(row.number), last(node_->extensions_));
    }
    return {};
  }

  Result<> add_ddis() {
    for (const model::Ddi& row : rows_.ddis) {
      if (row.customer != rows_.customer.id) continue;
      Target target;
      if (row.target) {
        CARILLON_TRY(found, find_target(row.target, "DDI", row.id.value));
        target = found;
      }
      node_->ddis_.push_back({row.id, row.number, target, row.display_prefix, row.recording, row.carrier});
      node_->ddi_by_number_.insert(hash_of(row.number), last(node_->ddis_));
    }
    return {};
  }

  const Ddi* find_ddi(Id<model::Ddi> id) const {
    const auto found = std::ranges::find(node_->ddis_, id, &Ddi::id);
    return found == node_->ddis_.end() ? nullptr : &*found;
  }

  /// The list of a rule; one that is gone matches nothing.
  std::shared_ptr<const MatchList> find_list(Id<model::MatchList> id) {
    std::shared_ptr<const MatchList>& list = lists_[id];
    if (list) return list;
    const auto row = std::ranges::find(rows_.match_lists, id, &model::MatchList::id);
    list = std::make_shared<const MatchList>(row == rows_.match_lists.end() ? model::MatchList() : *row, rows_.match_entries);
    return list;
  }

  /// Rows of a parent in the order of their priorities.
  template <class Row, class Parent>
  static std::vector<const Row*> ordered(const std::vector<Row>& rows, Id<Parent> Row::* parent, Id<Parent> id) {
    std::vector<const Row*> own;
    for (const Row& row : rows)
      if (row.*parent == id) own.push_back(&row);
    std::ranges::sort(own, {}, [](const Row* each) { return std::pair(each->priority, each->id); });
    return own;
  }

  void add_lists() {
    for (const model::CallAcl& row : rows_.call_acls) {
      CallAcl& acl = node_->call_acls_.emplace_back(CallAcl{.id = row.id, .name = row.name, .policy = row.policy, .rules = {}});
      for (const auto* rule : ordered(rows_.call_acl_rules, &model::CallAclRule::call_acl, row.id))
        acl.rules.push_back({find_list(rule->match_list), rule->policy});
    }
    const auto forced = [this](const auto& row) { return row.policy == model::DdiPolicy::force ? find_ddi(row.ddi) : nullptr; };
    for (const model::OutgoingDdiRule& row : rows_.outgoing_ddi_rules) {
      OutgoingDdiRule& rule = node_->outgoing_ddi_rules_.emplace_back(
          OutgoingDdiRule{.id = row.id, .name = row.name, .ddi = forced(row), .entries = {}});
      for (const auto* entry : ordered(rows_.outgoing_ddi_rule_entries, &model::OutgoingDdiRuleEntry::outgoing_ddi_rule, row.id))
        rule.entries.push_back({find_list(entry->match_list), forced(*entry)});
    }
    node_->outgoing_ddi_ = find_ddi(rows_.customer.outgoing_ddi);
    node_->outgoing_ddi_rule_ = find_one(node_->outgoing_ddi_rules_, rows_.customer.outgoing_ddi_rule);
  }

  void add_plan_assignments() {
    auto rows = rows_.plan_assignments;
    std::ranges::sort(rows, {}, [](const model::PlanAssignment& each) { return std::pair(each.metric, each.id); });
    for (const model::PlanAssignment& row : rows)
      node_->plan_assignments_.push_back({row.pricing_plan, row.valid_from, row.valid_to, row.metric});
  }

  template <class Node, class Row>
  static const Node* find_one(const std::vector<Node>& nodes, Id<Row> id) {
    const auto found = std::ranges::find(nodes, id, &Node::id);
    return found == nodes.end() ? nullptr : &*found;
  }

  /// What users refer to came after them.
  Result<> link_users() {
    std::unordered_map<Id<model::Extension>, const Extension*> extensions;
    for (const Extension& extension : node_->extensions_) extensions.emplace(extension.id, &extension);
    for (std::size_t i = 0; i < rows_.users.size(); ++i) {
      const model::User& row = rows_.users[i];
      User& user = node_->users_[i];
      user.outgoing_ddi = find_ddi(row.outgoing_ddi);
      user.outgoing_ddi_rule = find_one(node_->outgoing_ddi_rules_, row.outgoing_ddi_rule);
      user.call_acl = find_one(node_->call_acls_, row.call_acl);
      if (!row.extension) continue;
      const auto found = extensions.find(row.extension);
      if (found == extensions.end()) return broken_reference("User", row.id.value, "extension");
      user.extension = found->second;
    }
    return {};
  }

  /// Most terminals are plain telephones, and have none.
  static bool has_line(const model::Terminal& row) {
    return row.kind != model::TerminalKind::telephone || row.max_calls != 0 || row.max_calls_per_minute != 0 ||
           row.outgoing_ddi || row.call_acl || row.cli_source != model::CliSource::from ||
           row.cli_policy != model::CliPolicy::replace || row.allowed_numbers || !row.from_domain.empty();
  }

  void add_lines() {
    node_->lines_.reserve(static_cast<std::size_t>(std::ranges::count_if(rows_.terminals, has_line)));
    for (std::size_t i = 0; i < rows_.terminals.size(); ++i) {
      const model::Terminal& row = rows_.terminals[i];
      if (!has_line(row)) continue;
      Line& line = node_->lines_.emplace_back();
      line.kind = row.kind;
      line.max_calls = static_cast<std::uint32_t>(std::clamp<std::int64_t>(row.max_calls, 0, UINT32_MAX));
      line.max_calls_per_minute = static_cast<std::uint32_t>(std::clamp<std::int64_t>(row.max_calls_per_minute, 0, UINT32_MAX));
      line.outgoing_ddi = find_ddi(row.outgoing_ddi);
      line.call_acl = find_one(node_->call_acls_, row.call_acl);
      line.cli_source = row.cli_source;
      line.cli_policy = row.cli_policy;
      if (row.allowed_numbers) line.allowed_numbers = find_list(row.allowed_numbers);
      line.transformation_set = row.transformation_set;
      line.request_user = row.request_user;
      line.priority = row.priority;
      line.diversion = row.diversion;
      line.history_info = row.history_info;
      line.forwards_caller = row.forwards_caller;
      line.has_user_phone = row.user_phone;
      line.from_domain = row.from_domain;
      node_->terminals_[i].line = &line;
      if (!line.is_pbx()) continue;
      add_patterns(line, row.id);
      add_sources(line, row.id);
      if (!line.sources.empty()) node_->trusted_.push_back(&node_->terminals_[i]);
      if (!line.patterns.empty()) node_->pbxs_.push_back(&node_->terminals_[i]);
    }
    std::ranges::sort(node_->pbxs_, {}, [](const Terminal* each) { return std::pair(each->line->priority, each->id); });
  }

  void add_patterns(Line& line, Id<model::Terminal> terminal) const {
    for (const model::TerminalPattern& row : rows_.terminal_patterns) {
      if (row.terminal != terminal) continue;
      if (auto pattern = Pattern::compile(row.pattern)) line.patterns.push_back(*std::move(pattern));
    }
  }

  /// What is no address, or no pattern, lets nobody in.
  void add_sources(Line& line, Id<model::Terminal> terminal) const {
    for (const model::TerminalSource& row : rows_.terminal_sources) {
      const auto network = IpNetwork::parse(row.address);
      if (row.terminal != terminal || !network || network->bits != 128) continue;
      TerminalSource source{.address = network->bytes, .transport = row.transport, .from = {}};
      if (!row.from_pattern.empty()) {
        auto pattern = Pattern::compile(row.from_pattern);
        if (!pattern) continue;
        source.from = *std::move(pattern);
      }
      line.sources.push_back(std::move(source));
    }
  }

  const CustomerRows& rows_;
  std::shared_ptr<Customer> node_;
  std::unordered_map<Id<model::Target>, model::TargetKind> kinds_;
  std::unordered_map<Id<model::MatchList>, std::shared_ptr<const MatchList>> lists_;
};

Result<std::shared_ptr<const Customer>> build_customer(const CustomerRows& rows) {
  return CustomerBuilder(rows).build();
}

Builder::Builder(const Snapshot& base) : brands_(base.brands().begin(), base.brands().end()), countries_(base.countries()) {}

Brand* Builder::find_brand(Id<model::Brand> id) {
  const auto own = std::ranges::find(changed_, id, [](const auto& brand) { return brand->id; });
  if (own != changed_.end()) return own->get();
  const auto shared = std::ranges::find(brands_, id, [](const auto& brand) { return brand->id; });
  if (shared == brands_.end()) return nullptr;
  auto copy = std::make_shared<Brand>(**shared);
  *shared = copy;
  changed_.push_back(copy);
  return copy.get();
}

void Builder::set_brand(const model::Brand& row, std::span<const model::Domain> domains) {
  std::vector<std::string> own;
  for (const model::Domain& domain : domains) own.push_back(lower_case(domain.name));
  if (Brand* brand = find_brand(row.id)) {
    brand->name = row.name;
    brand->domains = std::move(own);
    brand->max_calls = static_cast<std::uint32_t>(row.max_calls);
    brand->max_calls_per_minute = static_cast<std::uint32_t>(row.max_calls_per_minute);
    return;
  }
  auto brand = std::make_shared<Brand>();
  brand->id = row.id;
  brand->name = row.name;
  brand->domains = std::move(own);
  brand->max_calls = static_cast<std::uint32_t>(row.max_calls);
  brand->max_calls_per_minute = static_cast<std::uint32_t>(row.max_calls_per_minute);
  changed_.push_back(brand);
  const auto at = std::ranges::lower_bound(brands_, row.id, {}, [](const auto& other) { return other->id; });
  brands_.insert(at, std::move(brand));
}

void Builder::set_routing(Id<model::Brand> id, std::shared_ptr<const Routing> routing) {
  if (Brand* brand = find_brand(id)) brand->routing = std::move(routing);
}

void Builder::set_plan(Id<model::Brand> brand, Id<model::PricingPlan> id, std::shared_ptr<const PricingPlan> plan) {
  Brand* owner = find_brand(brand);
  if (owner == nullptr) return;
  std::erase_if(owner->plans, [&](const auto& each) { return each->id() == id; });
  if (plan == nullptr) return;
  const auto at = std::ranges::lower_bound(owner->plans, id, {}, [](const auto& each) { return each->id(); });
  owner->plans.insert(at, std::move(plan));
}

PricingPlans Builder::plans_of(Id<model::Brand> id) const {
  const auto found = std::ranges::find(brands_, id, [](const auto& brand) { return brand->id; });
  return found == brands_.end() ? PricingPlans() : (*found)->plans;
}

void Builder::remove_brand(Id<model::Brand> id) {
  std::erase_if(brands_, [&](const auto& brand) { return brand->id == id; });
  std::erase_if(changed_, [&](const auto& brand) { return brand->id == id; });
}

Result<> Builder::set_customer(std::shared_ptr<const Customer> customer) {
  Brand* brand = find_brand(customer->brand());
  if (brand == nullptr) return failure(Fault::unknown_brand, fmt::format("Customer {} has no brand.", customer->name()));
  const auto at = std::ranges::lower_bound(brand->customers, customer->id(), {}, [](const auto& other) { return other->id(); });
  if (at != brand->customers.end() && (*at)->id() == customer->id())
    *at = std::move(customer);
  else
    brand->customers.insert(at, std::move(customer));
  return {};
}

void Builder::remove_customer(Id<model::Customer> id) {
  const auto is_it = [&](const std::shared_ptr<const Customer>& customer) { return customer->id() == id; };
  const auto has_it = [&](const std::shared_ptr<const Brand>& brand) { return std::ranges::any_of(brand->customers, is_it); };
  const auto owner = std::ranges::find_if(brands_, has_it);
  if (owner != brands_.end()) std::erase_if(find_brand((*owner)->id)->customers, is_it);
}

Result<std::shared_ptr<const Snapshot>> Builder::build(std::int64_t change) && {
  auto root = std::make_shared<Snapshot>();
  root->change_ = change;
  root->countries_ = std::move(countries_);
  for (const auto& brand : changed_) {
    brand->accounts = std::make_shared<const Accounts>(brand->customers);
    brand->numbers = std::make_shared<const Numbers>(brand->customers);
    if (brand->routing == nullptr) brand->routing = std::make_shared<const Routing>(RoutingRows());
  }
  root->brands_ = std::move(brands_);
  const auto twice = [](std::string_view domain) {
    return failure(Fault::duplicate, fmt::format("Domain {} exists twice.", domain));
  };
  std::vector<std::shared_ptr<const Customer>> all;
  for (const auto& brand : root->brands_) {
    all.insert(all.end(), brand->customers.begin(), brand->customers.end());
    for (const std::string& domain : brand->domains)
      if (!root->brand_by_domain_.emplace(domain, brand.get()).second) return twice(domain);
    for (const auto& customer : brand->customers) {
      root->by_id_.emplace(customer->id(), customer.get());
      root->subscribers_ += customer->terminals().size();
      const bool is_older = root->first_ == nullptr || customer->id() < root->first_->id();
      if (is_older && customer->kind() != model::CustomerKind::retail) root->first_ = customer.get();
      for (const Terminal* terminal : customer->trusted())
        for (const TerminalSource& source : terminal->line->sources)
          root->trusted_.emplace(source.address, Snapshot::TrustedSource{&source, {customer.get(), terminal}});
      for (const std::string& domain : customer->domains()) {
        const auto [at, is_new] = root->by_domain_.emplace(domain, customer.get());
        if (!is_new) return twice(domain);
      }
    }
  }
  root->numbers_ = Numbers(all);
  root->sources_ = Sources(root->brands_);
  return root;
}

}  // namespace carillon::directory
