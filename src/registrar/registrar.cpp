// SPDX-License-Identifier: GPL-3.0-or-later
#include "registrar/registrar.hpp"

#include <algorithm>
#include <tuple>

#include "agent/fault_phrase.hpp"
#include "agent/recent_table.hpp"
#include "base/log.hpp"

namespace carillon::registrar {

/// One registered contact. Texts are kept once and exactly; the rest is numbers.
struct Binding {
  Binding(Registrar& owner, Registrar::Account& its_account) : registrar(owner), account(its_account) {}

  Registrar& registrar;
  Registrar::Account& account;
  std::string contact;
  std::vector<std::string> path;  ///< Of its REGISTER.
  std::string instance;
  std::string call_id;
  std::string user_agent;
  net::Flow flow;
  std::uint32_t reg_id = 0;
  std::uint32_t cseq = 0;
  std::uint16_t q_thousandths = 1000;
  bool is_behind_nat = false;
  bool is_silent = false;  ///< Gave no sign of life to its last INVITE.
  Monotonic expires{};
  Monotonic due_at{};  ///< When `due` fires: at the latest when something is to be done.
  Instant registered_at{};
  Binding* next = nullptr;  ///< Of those from the same source.
  Binding* previous = nullptr;
  Timer due{[](void* self) {
              Binding* binding = static_cast<Binding*>(self);
              binding->registrar.on_due(*binding);
            },
            this};

  /// Fills a record, whose texts keep their room: there is one for each REGISTER.
  void describe(journal::Registration& record, Instant wall, Monotonic now) const;
};

/// All contacts of one terminal.
struct Registrar::Account {
  std::int64_t customer = 0;
  std::int64_t terminal = 0;
  std::string name;
  Bindings bindings;
};

/// What a REGISTER wants of one contact.
struct Registrar::Wish {
  sip::Contact contact;
  std::uint32_t expires = 0;
};

void Binding::describe(journal::Registration& record, Instant wall, Monotonic now) const {
  record.customer = account.customer;
  record.terminal = account.terminal;
  record.contact = contact;
  record.path = path;
  record.instance = instance;
  record.reg_id = reg_id;
  record.call_id = call_id;
  record.cseq = cseq;
  record.flow.clear();
  agent::append_flow_text(record.flow, flow);
  record.user_agent = user_agent;
  record.q_thousandths = q_thousandths;
  record.registered_at = registered_at;
  record.expires_at = wall + (expires - now);
  record.removed = false;
}

Registrar::Registrar(agent::Agent& agent, Log& log, Settings settings) : agent_(agent), log_(log), settings_(settings) {}
Registrar::~Registrar() = default;

std::uint64_t Registrar::source_hash(const net::Address& source) {
  std::uint64_t high = 0;
  std::uint64_t low = 0;
  std::memcpy(&high, source.bytes.data(), sizeof high);
  std::memcpy(&low, source.bytes.data() + sizeof high, sizeof low);
  return agent::mix(agent::mix(high, low), source.port);
}

// ---- REGISTER ----

void Registrar::on_register(const agent::Incoming& incoming, const directory::Customer& customer,
                            const directory::Terminal& terminal) {
  const auto found = accounts_.find(terminal.id.value);
  Account* account = found == accounts_.end() ? nullptr : &found->second;
  const auto wishes = read_wishes(incoming.message);
  if (!wishes) return refuse(incoming, 400, account);
  const WayFound found_way = find_way(incoming, names_flow(*wishes));
  if (found_way.status != 0) return refuse(incoming, found_way.status, account);
  const bool is_star = !wishes->empty() && wishes->front().contact.star;
  if (const int status = judge(account, *wishes, incoming.message, terminal); status != 0)
    return refuse(incoming, status, account);
  registered_.add();
  const bool is_new_flow = account == nullptr || std::ranges::none_of(account->bindings, [&](const auto& binding) {
                             return binding->flow == incoming.flow;
                           });
  if (account == nullptr && !wishes->empty() && !is_star) {
    account = &accounts_[terminal.id.value];
    account->customer = customer.id().value;
    account->terminal = terminal.id.value;
    account->name = terminal.name;
  }
  if (account != nullptr) {
    if (is_star)
      clear(*account);
    else
      apply(*account, *wishes, incoming, found_way.way, customer.realm());
    if (terminal.contact_limit != model::ContactLimit::reject) make_room(*account, incoming.message, terminal);
  }
  if (is_new_flow)
    for (const Wish& wish : *wishes)
      if (wish.expires != 0) agent_.reattach(incoming.flow, customer.realm(), terminal.name, wish.contact);
  answer(incoming, account, found_way.way);
  if (account != nullptr && account->bindings.empty()) accounts_.erase(terminal.id.value);
}

void Registrar::refuse(const agent::Incoming& incoming, int status, const Account* account) {
  refused_.add();
  const std::string phrase = status == 400 ? agent::phrase_for({}, incoming.message) : std::string();
  sip::Writer writer = agent_.start_response(incoming, status, phrase);
  if (status == 423) writer.header(sip::HeaderId::min_expires, settings_.expires_min);
  if (status == 503 && account != nullptr) {  // When the next place becomes free.
    const auto first = std::ranges::min_element(account->bindings, {}, [](const auto& each) { return each->expires; });
    const auto left = std::chrono::ceil<std::chrono::seconds>((*first)->expires - agent_.loop().now()).count();
    writer.header(sip::HeaderId::retry_after, static_cast<std::uint64_t>(std::clamp<std::int64_t>(left, 1, 3600)));
  }
  writer.end();
  agent_.finish_response(incoming);
}

bool Registrar::answer_again(const agent::Incoming& incoming, const directory::Terminal& terminal) {
  const auto found = accounts_.find(terminal.id.value);
  const Account* account = found == accounts_.end() ? nullptr : &found->second;
  const sip::Message& request = incoming.message;
  const auto wishes = read_wishes(request);
  if (!wishes) return false;
  for (const Wish& wish : *wishes) {
    if (wish.contact.star && account != nullptr) return false;
    const Binding* binding = wish.contact.star ? nullptr : find(account, wish);
    const bool is_its_work =
        binding != nullptr && binding->call_id == request.call_id() && binding->cseq == request.cseq_number();
    if (wish.expires == 0 ? binding != nullptr : !is_its_work) return false;
  }
  answer(incoming, account, find_way(incoming, names_flow(*wishes)).way);
  return true;
}

bool Registrar::names_flow(const std::vector<Wish>& wishes) {
  return std::ranges::any_of(wishes, [](const Wish& each) { return each.contact.reg_id && !each.contact.instance.empty(); });
}

Result<std::vector<Registrar::Wish>> Registrar::read_wishes(const sip::Message& request) const {
  CARILLON_TRY(contacts, request.contacts());
  const std::optional<std::uint32_t> header = request.expires();
  std::vector<Wish> wishes;
  wishes.reserve(contacts.size());
  for (const sip::Contact& contact : contacts) {
    // RFC 3261 §10.2.1.1: the contact's own parameter, else the header, else ours.
    const std::uint32_t asked = contact.expires.value_or(header.value_or(settings_.expires_default));
    wishes.push_back({.contact = contact, .expires = std::min(asked, settings_.expires_max)});
  }
  return wishes;
}

int Registrar::judge(const Account* account, const std::vector<Wish>& wishes, const sip::Message& request,
                     const directory::Terminal& terminal) const {
  const std::size_t bindings = account == nullptr ? 0 : account->bindings.size();
  std::size_t added = 0;
  std::size_t removed = 0;
  for (const Wish& wish : wishes) {
    // RFC 3261 §10.3 step 6: the star stands alone and removes.
    if (wish.contact.star) {
      if (wishes.size() != 1 || request.expires() != 0) return 400;
      const auto is_newer = [&request](const auto& each) {
        return each->call_id == request.call_id() && request.cseq_number() < each->cseq;
      };
      return account != nullptr && std::ranges::any_of(account->bindings, is_newer) ? 500 : 0;
    }
    if (!wish.contact.address.uri.is_sip()) return 400;
    // RFC 5626 §6: a device names one flow at a time.
    if (wishes.size() > 1 && wish.expires != 0 && wish.contact.reg_id) return 400;
    if (wish.expires != 0 && wish.expires < settings_.expires_min) return 423;
    const Binding* binding = find(account, wish);
    // RFC 3261 §10.3 step 7: an older request of the same series must not undo a newer one. The same one again is its
    // retransmission.
    if (binding != nullptr && binding->call_id == request.call_id() && request.cseq_number() < binding->cseq) return 500;
    // Of several wishes for one contact the last is what remains.
    const bool is_overruled = std::any_of(wishes.begin() + (&wish - wishes.data()) + 1, wishes.end(), [&](const Wish& later) {
      return later.contact.address.uri.text == wish.contact.address.uri.text ||
             (binding != nullptr && find(account, later) == binding);
    });
    if (is_overruled) continue;
    if (binding == nullptr && wish.expires != 0) ++added;
    if (binding != nullptr && wish.expires == 0) ++removed;
  }
  const std::size_t limit = terminal.max_contacts;
  const bool is_too_much = added > removed && bindings + added - removed > limit;
  // Telephones take 403 for a wrong password and give up; 503 makes them come back.
  return is_too_much && (terminal.contact_limit == model::ContactLimit::reject || added > limit) ? 503 : 0;
}

Binding* Registrar::find(const Account* account, const Wish& wish) {
  if (account == nullptr) return nullptr;
  return find(*account, wish.contact.address.uri.text, wish.contact.instance, wish.contact.reg_id.value_or(0));
}

/// RFC 5626 §6: an instance with a reg-id names a flow, and a device may give all its flows one URI; the URI names what is no
/// flow.
Binding* Registrar::find(const Account& account, std::string_view contact, std::string_view instance, std::uint32_t reg_id) {
  const auto is_flow = [](const Binding& each) { return each.reg_id != 0 && !each.instance.empty(); };
  const bool names_flow = reg_id != 0 && !instance.empty();
  for (const auto& binding : account.bindings)
    if (names_flow && binding->reg_id == reg_id && binding->instance == instance) return binding.get();
  const auto uri = sip::Uri::parse(contact);
  for (const auto& binding : account.bindings) {
    if (names_flow && is_flow(*binding)) continue;
    if (binding->contact == contact) return binding.get();
    const auto known = sip::Uri::parse(binding->contact);
    if (uri && known && sip::equivalent(*known, *uri)) return binding.get();
  }
  return nullptr;
}

void Registrar::apply(Account& account, const std::vector<Wish>& wishes, const agent::Incoming& incoming, const Way& way,
                      std::string_view realm) {
  for (const Wish& wish : wishes) {
    Binding* binding = find(&account, wish);
    if (wish.expires == 0) {
      if (binding != nullptr) remove(*binding, true);
      continue;
    }
    if (binding == nullptr) {
      binding = &add(account, incoming.flow);
    } else {
      if (is_alone(*binding)) agent_.follow(binding->flow, incoming.flow, realm, account.name);
      move(*binding, incoming.flow);
    }
    take(*binding, wish, incoming, way);
    schedule(*binding);
    write_down(*binding, false);
  }
}

/// Whether no other device of the account is on its flow.
bool Registrar::is_alone(const Binding& binding) {
  return std::ranges::none_of(binding.account.bindings,
                              [&binding](const auto& other) { return other.get() != &binding && other->flow == binding.flow; });
}

bool Registrar::is_unreachable(const Binding& binding) const {
  return binding.is_silent || !agent_.is_usable(binding.flow);
}

/// What the terminal's contact limit lets go of: first the newcomer's own earlier self, which a device that restarts leaves
/// behind.
void Registrar::make_room(Account& account, const sip::Message& request, const directory::Terminal& terminal) {
  while (account.bindings.size() > terminal.max_contacts) {
    const auto is_new = [&](const Binding& each) {
      return each.call_id == request.call_id() && each.cseq == request.cseq_number();
    };
    const auto worth = [&](const Binding& each) {
      const bool is_earlier_self = !each.instance.empty() && std::ranges::any_of(account.bindings, [&](const auto& other) {
        return is_new(*other) && other->instance == each.instance && other->reg_id == each.reg_id;
      });
      const bool goes_first = terminal.contact_limit == model::ContactLimit::replace_unreachable && is_unreachable(each);
      return std::tuple(is_new(each), !is_earlier_self, !goes_first, each.expires);
    };
    Binding& least = **std::ranges::min_element(account.bindings, {}, [&](const auto& each) { return worth(*each); });
    log::info("registrar", "binding.replaced", {{"terminal", account.name}, {"contact", least.contact}});
    remove(least, true);
  }
}

void Registrar::take(Binding& binding, const Wish& wish, const agent::Incoming& incoming, const Way& way) {
  const net::Flow& flow = incoming.flow;
  binding.contact = wish.contact.address.uri.text;
  binding.path = way.path;
  binding.is_silent = false;
  binding.instance = wish.contact.instance;
  binding.reg_id = wish.contact.reg_id.value_or(0);
  binding.call_id = incoming.message.call_id();
  binding.cseq = incoming.message.cseq_number();
  binding.user_agent = incoming.message.first(sip::HeaderId::user_agent).value_or("").substr(0, 128);
  binding.q_thousandths = wish.contact.q.value_or(1000);
  const std::optional<net::Address> shown = net::Address::parse(wish.contact.address.uri.host, flow.remote.port);
  binding.is_behind_nat = flow.transport == net::Transport::udp && (!shown || !shown->same_host(flow.remote));
  binding.registered_at = agent_.loop().wall();
  binding.expires = agent_.loop().now() + std::chrono::seconds(wish.expires);
}

void Registrar::clear(Account& account) {
  while (!account.bindings.empty()) remove(*account.bindings.back(), true);
}

void Registrar::answer(const agent::Incoming& incoming, const Account* account, const Way& way) {
  sip::Writer writer = agent_.start_response(incoming, 200);
  const Monotonic now = agent_.loop().now();
  if (account != nullptr) {
    for (const auto& binding : account->bindings) {
      const auto left = std::chrono::ceil<std::chrono::seconds>(binding->expires - now).count();
      writer.begin(sip::HeaderId::contact);
      writer.text("<");
      writer.text(binding->contact);
      writer.text(">;expires=");
      writer.number(static_cast<std::uint64_t>(std::max<std::int64_t>(left, 0)));
      if (binding->q_thousandths != 1000) writer.text(fmt::format(";q={:.3f}", binding->q_thousandths / 1000.0));
      if (!binding->instance.empty()) writer.text(fmt::format(";+sip.instance=\"{}\"", binding->instance));
      if (binding->reg_id != 0) writer.text(fmt::format(";reg-id={}", binding->reg_id));
      writer.end_line();
    }
  }
  write_way(writer, way, incoming.message);
  writer.end();
  agent_.finish_response(incoming);
}

// ---- Bindings ----

Binding& Registrar::add(Account& account, const net::Flow& flow) {
  Binding& binding = *account.bindings.emplace_back(std::make_unique<Binding>(*this, account));
  binding.flow = flow;
  link(binding);
  ++size_;
  ++size_of_slot_[directory::slot_of({account.customer})];
  bindings_.set(static_cast<std::int64_t>(size_));
  return binding;
}

void Registrar::move(Binding& binding, const net::Flow& flow) {
  const bool is_same_source = binding.flow.remote == flow.remote;
  if (!is_same_source) unlink(binding);
  binding.flow = flow;
  if (!is_same_source) link(binding);
}

void Registrar::link(Binding& binding) {
  Binding*& first = by_source_[source_hash(binding.flow.remote)];
  binding.previous = nullptr;
  binding.next = first;
  if (first != nullptr) first->previous = &binding;
  first = &binding;
}

void Registrar::unlink(Binding& binding) {
  if (binding.next != nullptr) binding.next->previous = binding.previous;
  if (binding.previous != nullptr) {
    binding.previous->next = binding.next;
    return;
  }
  const auto first = by_source_.find(source_hash(binding.flow.remote));
  // Else the index points to what somebody has freed: memory that all share.
  CARILLON_ASSERT(first != by_source_.end() && first->second == &binding);
  if (binding.next != nullptr)
    first->second = binding.next;
  else
    by_source_.erase(first);
}

void Registrar::write_down(const Binding& binding, bool is_removed) {
  binding.describe(scratch_, agent_.loop().wall(), agent_.loop().now());
  scratch_.removed = is_removed;
  const std::uint8_t slot = directory::slot_of({binding.account.customer});
  log_.append(slot, scratch_, size_of_slot_[slot]);
}

void Registrar::remove(Binding& binding, bool is_logged) {
  unlink(binding);
  --size_;
  --size_of_slot_[directory::slot_of({binding.account.customer})];
  bindings_.set(static_cast<std::int64_t>(size_));
  if (is_logged) write_down(binding, true);
  std::erase_if(binding.account.bindings, [&binding](const auto& each) { return each.get() == &binding; });
}

void Registrar::schedule(Binding& binding) {
  const Monotonic keep_alive = agent_.loop().now() + settings_.keep_alive;
  const bool is_kept_alive = binding.is_behind_nat && keep_alive < binding.expires;
  const Monotonic due_at = is_kept_alive ? keep_alive : binding.expires;
  // Most refreshes only put the end off: the timer stays where it is and looks again when it fires.
  if (binding.due.is_armed() && binding.due_at <= due_at) return;
  binding.due_at = due_at;
  agent_.loop().timers().arm(binding.due, due_at);
}

void Registrar::on_due(Binding& binding) {
  if (agent_.loop().now() < binding.expires) {
    // Opens nothing by itself, but keeps the NAT's mapping (RFC 5626 §3.5.1 in spirit).
    if (binding.is_behind_nat) agent_.send(binding.flow, "\r\n\r\n");
    return schedule(binding);
  }
  log::info("registrar", "binding.expired", {{"terminal", binding.account.name}, {"contact", binding.contact}});
  forget(binding);
}

void Registrar::forget(Binding& binding) {
  Account& account = binding.account;
  remove(binding, true);
  const std::int64_t terminal = account.terminal;
  if (account.bindings.empty()) accounts_.erase(terminal);
}

std::string_view Registrar::instance_at(const net::Flow& flow, std::string_view account) const {
  const auto first = by_source_.find(source_hash(flow.remote));
  for (const Binding* each = first == by_source_.end() ? nullptr : first->second; each != nullptr; each = each->next)
    if (each->flow == flow && each->account.name == account && !each->instance.empty()) return each->instance;
  return {};
}

void Registrar::on_flow_closed(const net::Flow& flow) {
  std::vector<Binding*> gone;
  const auto first = by_source_.find(source_hash(flow.remote));
  for (Binding* each = first == by_source_.end() ? nullptr : first->second; each != nullptr; each = each->next)
    if (each->flow == flow) gone.push_back(each);
  for (Binding* binding : gone) forget(*binding);
}

std::vector<call::Contact> Registrar::find_contacts(const directory::Terminal& terminal) const {
  std::vector<call::Contact> contacts;
  if (auto permanent = static_contact(terminal)) contacts.push_back(std::move(*permanent));
  const auto account = accounts_.find(terminal.id.value);
  if (account != accounts_.end()) {
    for (const auto& each : account->second.bindings)
      if (agent_.is_usable(each->flow) && !has_newer_flow(*each))
        contacts.push_back({each->contact, each->flow, account->second.name, each->path, each->q_thousandths});
  }
  std::ranges::sort(contacts, std::greater(), &call::Contact::q_thousandths);
  return contacts;
}

/// RFC 5626 §5.3: of the flows that a device keeps, calls use one.
bool Registrar::has_newer_flow(const Binding& binding) const {
  if (binding.reg_id == 0 || binding.instance.empty()) return false;
  return std::ranges::any_of(binding.account.bindings, [&](const auto& other) {
    return other->reg_id != 0 && other->instance == binding.instance && agent_.is_usable(other->flow) &&
           std::tie(other->registered_at, other->reg_id) > std::tie(binding.registered_at, binding.reg_id);
  });
}

/// Reached by UDP from the first listener of its family.
std::optional<call::Contact> Registrar::static_contact(const directory::Terminal& terminal) const {
  if (terminal.static_contact.empty()) return std::nullopt;
  const auto uri = sip::Uri::parse(terminal.static_contact);
  const auto remote = uri && uri->is_sip() ? net::Address::parse(uri->host, uri->port == 0 ? 5060 : uri->port) : std::nullopt;
  const std::vector<net::Address> locals = agent_.local_addresses();
  const auto local = std::ranges::find_if(locals, [&](const auto& each) { return remote && each.is_v4() == remote->is_v4(); });
  if (local == locals.end()) return std::nullopt;
  const net::Flow flow{.transport = net::Transport::udp, .local = *local, .remote = *remote};
  return call::Contact{std::string(terminal.static_contact), flow, std::string(terminal.name), {}, 1000};
}

void Registrar::note_silent(Id<model::Terminal> terminal, std::string_view uri) {
  const auto account = accounts_.find(terminal.value);
  if (account == accounts_.end()) return;
  for (const auto& each : account->second.bindings) each->is_silent |= each->contact == uri;
}

// ---- Restart ----

void Registrar::restore(const journal::Registration& record) {
  const Duration left = record.expires_at - agent_.loop().wall();
  const std::optional<net::Flow> flow = agent::parse_flow(record.flow);
  Account& account = accounts_[record.terminal];
  account.customer = record.customer;
  account.terminal = record.terminal;
  if (Binding* same = find(account, record.contact, record.instance, record.reg_id)) remove(*same, false);
  if (record.removed || left <= 0s || !flow || flow->transport != net::Transport::udp || flow->local.is_unspecified()) {
    if (account.bindings.empty()) accounts_.erase(record.terminal);
    return;
  }
  Binding& binding = add(account, *flow);
  binding.contact = record.contact;
  binding.path = record.path;
  binding.instance = record.instance;
  binding.reg_id = record.reg_id;
  binding.call_id = record.call_id;
  binding.cseq = record.cseq;
  binding.user_agent = record.user_agent;
  binding.q_thousandths = record.q_thousandths;
  binding.is_behind_nat = true;  // A needless keep-alive costs less than a closed pin-hole.
  binding.registered_at = record.registered_at;
  binding.expires = agent_.loop().now() + left;
  schedule(binding);
}

void Registrar::on_snapshot(const directory::Snapshot& snapshot) {
  std::vector<std::int64_t> gone;
  for (auto& [id, account] : accounts_) {
    const directory::Customer* customer = snapshot.find_customer({account.customer});
    const directory::Terminal* terminal = customer == nullptr ? nullptr : customer->find_terminal(Id<model::Terminal>{id});
    std::vector<Binding*> misplaced;
    for (const auto& each : account.bindings)
      if (terminal == nullptr || !snapshot.is_granted(*customer, each->flow.remote.bytes, *terminal))
        misplaced.push_back(each.get());
    for (Binding* each : misplaced) remove(*each, true);
    if (terminal != nullptr) account.name = terminal->name;
    if (account.bindings.empty()) gone.push_back(id);
  }
  for (std::int64_t id : gone) accounts_.erase(id);
}

void Registrar::for_each(const std::function<void(const journal::Registration&)>& each) const {
  journal::Registration record;
  for (const auto& [id, account] : accounts_) tell(account, record, each);
}

void Registrar::for_each(std::uint8_t slot, const std::function<void(const journal::Registration&)>& each) const {
  journal::Registration record;
  for (const auto& [id, account] : accounts_)
    if (directory::slot_of({account.customer}) == slot) tell(account, record, each);
}

void Registrar::tell(const Account& account, journal::Registration& record,
                     const std::function<void(const journal::Registration&)>& each) const {
  for (const auto& binding : account.bindings) {
    binding->describe(record, agent_.loop().wall(), agent_.loop().now());
    each(record);
  }
}

}  // namespace carillon::registrar
