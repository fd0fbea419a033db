// SPDX-License-Identifier: GPL-3.0-or-later
#include "pbx/notifier.hpp"

#include <algorithm>

#include "base/kill_point.hpp"

namespace carillon::pbx {

void Notifier::on_subscribe(const agent::Incoming& incoming, const directory::Customer& customer,
                            const directory::Terminal& watcher) {
  const sip::Message& request = incoming.message;
  const std::optional<sip::Event> event = sip::Event::of(request);
  const EventPackage* package = event ? find_package(event->package) : nullptr;
  if (package == nullptr) return refuse(incoming, 489);
  if (!sip::accepts(request, package->content_type())) return refuse(incoming, 406);
  const auto seconds = agent::Subscription::grant(request, limits_.times);
  if (!seconds) return refuse(incoming, 423);
  const std::string user = sip::unescape(request.request_uri().user);
  const EventPackage::Found found = package->find(customer, watcher, user);
  if (found.status != 200) return refuse(incoming, found.status);
  if (!has_room(customer.id(), watcher.id)) return refuse(incoming, 503);

  auto made = agent::Subscription::accept(ground_of(customer, watcher, *package), incoming, *event, *seconds);
  if (!made) return refuse(incoming, made.error().is(sip::TransactionFault::table_full) ? 503 : 400);
  const agent::Subscription& subscription = **made;
  const std::string entity = fmt::format("sip:{}@{}", sip::escape_user(user), customer.realm());
  keep({std::move(*made), package, found.resource, user, entity, customer.id(), watcher.id});
  write_down(entries_.at(&subscription), false);
}

agent::Subscription::Ground Notifier::ground_of(const directory::Customer& customer, const directory::Terminal& watcher,
                                                const EventPackage& package) {
  return {.agent = agent_,
          .owner = *this,
          .slot = directory::slot_of(customer.id()),
          .account = std::string(watcher.name),
          .realm = customer.realm(),
          .type = package.content_type(),
          .times = limits_.times};
}

void Notifier::keep(Entry entry) {
  agent::Subscription& subscription = *entry.subscription;
  watchers_.emplace(Key{entry.package, entry.resource}, &subscription);
  ++of_customer_[entry.customer];
  ++of_terminal_[entry.watcher];
  ++of_slot_[directory::slot_of(entry.customer)];
  entries_.emplace(&subscription, std::move(entry));
  running_.set(static_cast<std::int64_t>(entries_.size()));
}

bool Notifier::has_room(Id<model::Customer> customer, Id<model::Terminal> watcher) const {
  const auto is_below = [](const auto& counts, auto id, std::size_t most) {
    const auto count = counts.find(id);
    return count == counts.end() || count->second < most;
  };
  return entries_.size() < limits_.subscriptions && is_below(of_customer_, customer, limits_.of_customer) &&
         is_below(of_terminal_, watcher, limits_.of_terminal);
}

const EventPackage* Notifier::find_package(std::string_view name) const {
  const auto found = std::ranges::find_if(packages_, [name](const EventPackage* each) { return each->name() == name; });
  return found == packages_.end() ? nullptr : *found;
}

void Notifier::refuse(const agent::Incoming& incoming, int status) {
  sip::Writer writer = agent_.start_response(incoming, status);
  if (status == 406)
    for (const EventPackage* package : packages_) writer.header(sip::HeaderId::accept, package->content_type());
  if (status == 423) writer.header(sip::HeaderId::min_expires, std::uint64_t{limits_.times.least});
  if (status == 489)
    for (const EventPackage* package : packages_) writer.header(sip::HeaderId::allow_events, package->name());
  if (status == 503) writer.header(sip::HeaderId::retry_after, 60 + random_bits() % 60);
  writer.end();
  agent_.finish_response(incoming);
}

void Notifier::note_change(const EventPackage& package, Resource resource) {
  const auto [first, last] = watchers_.equal_range({&package, resource});
  for (auto each = first; each != last; ++each) each->second->note_change();
}

void Notifier::write_state(const agent::Subscription& subscription, std::uint32_t version, std::string& body) {
  const Entry& entry = entries_.at(&subscription);
  entry.package->write(entry.resource, entry.entity, version, body);
}

void Notifier::on_over(agent::Subscription& subscription) {
  const auto over = entries_.find(&subscription);
  unlink(over->second);
  --of_slot_[directory::slot_of(over->second.customer)];
  write_down(over->second, true);
  const auto take_off = [](auto& counts, auto id) {
    const auto count = counts.find(id);
    if (--count->second == 0) counts.erase(count);
  };
  take_off(of_customer_, over->second.customer);
  take_off(of_terminal_, over->second.watcher);
  entries_.erase(over);
  running_.set(static_cast<std::int64_t>(entries_.size()));
}

// ---- Restart ----

void Notifier::on_changed(const agent::Subscription& subscription) {
  write_down(entries_.at(&subscription), false);
}

journal::Subscription Notifier::record_of(const Entry& entry) const {
  const agent::Subscription::Kept kept = entry.subscription->kept();
  const Instant now = agent_.loop().wall();
  return {.customer = entry.customer.value,
          .terminal = entry.watcher.value,
          .event = kept.event.package,
          .event_id = kept.event.id,
          .user = entry.user,
          .call_id = kept.dialog.call_id,
          .local_uri = kept.dialog.local_address,
          .local_tag = kept.dialog.local_tag,
          .remote_uri = kept.dialog.remote_address,
          .remote_tag = kept.dialog.remote_tag,
          .local_cseq = kept.dialog.local_cseq,
          .remote_cseq = kept.dialog.remote_cseq,
          .route_set = kept.dialog.route_set,
          .remote_target = kept.dialog.remote_target,
          .local_contact = kept.dialog.local_contact,
          .flow = agent::flow_text(kept.flow),
          .instance = kept.instance,
          .version = kept.version,
          .written_at = now,
          .expires_at = now + kept.left};
}

void Notifier::write_down(const Entry& entry, bool is_removed) {
  if (log_ == nullptr) return;
  journal::Subscription record = record_of(entry);
  record.removed = is_removed || entry.subscription->is_ending();
  const std::uint8_t slot = directory::slot_of(entry.customer);
  log_->append(slot, record, of_slot_[slot]);
}

bool Notifier::restore(const journal::Subscription& record, const directory::Snapshot& snapshot) {
  const Instant now = agent_.loop().wall();
  const auto flow = agent::parse_flow(record.flow);
  const EventPackage* package = find_package(record.event);
  const directory::Customer* customer = snapshot.find_customer({record.customer});
  const directory::Terminal* watcher =
      customer == nullptr ? nullptr : customer->find_terminal(Id<model::Terminal>{record.terminal});
  if (record.removed || record.expires_at <= now || !flow || package == nullptr || watcher == nullptr) return false;
  if (!snapshot.is_granted(*customer, flow->remote.bytes, *watcher) || !has_room(customer->id(), watcher->id)) return false;
  const EventPackage::Found found = package->find(*customer, *watcher, record.user);
  if (found.status != 200) return false;
  agent::Subscription::Kept kept{.dialog = {.call_id = record.call_id,
                                            .local_tag = record.local_tag,
                                            .remote_tag = record.remote_tag,
                                            .local_address = record.local_uri,
                                            .remote_address = record.remote_uri,
                                            .local_contact = record.local_contact,
                                            .remote_target = record.remote_target,
                                            .route_set = record.route_set,
                                            .local_cseq = record.local_cseq,
                                            .remote_cseq = record.remote_cseq,
                                            .is_confirmed = true},
                                 .flow = *flow,
                                 .instance = record.instance,
                                 .event = {record.event, record.event_id},
                                 .left = record.expires_at - now,
                                 .version = record.version};
  auto made = agent::Subscription::take_up(ground_of(*customer, *watcher, *package), std::move(kept), now - record.written_at);
  if (!made) return false;
  const std::string entity = fmt::format("sip:{}@{}", sip::escape_user(record.user), customer->realm());
  const agent::Subscription& subscription = **made;
  keep({std::move(*made), package, found.resource, record.user, entity, customer->id(), watcher->id});
  // Its numbers have gone on: the next process must not begin where this one did.
  write_down(entries_.at(&subscription), false);
  kill_point("takeup.subscription_made");
  return true;
}

void Notifier::for_each(std::uint8_t slot, const std::function<void(const journal::Subscription&)>& each) const {
  for (const auto& [subscription, entry] : entries_)
    if (directory::slot_of(entry.customer) == slot && !subscription->is_ending()) each(record_of(entry));
}

void Notifier::unlink(const Entry& entry) {
  const auto [first, last] = watchers_.equal_range({entry.package, entry.resource});
  watchers_.erase(std::find_if(first, last, [&](const auto& each) { return each.second == entry.subscription.get(); }));
}

void Notifier::on_snapshot(const directory::Snapshot& snapshot) {
  for (auto& [subscription, entry] : entries_) check(entry, snapshot.find_customer(entry.customer));
}

void Notifier::check(Entry& entry, const directory::Customer* customer) {
  agent::Subscription& subscription = *entry.subscription;
  const directory::Terminal* watcher = customer == nullptr ? nullptr : customer->find_terminal(entry.watcher);
  if (watcher == nullptr) return subscription.end("rejected");
  const EventPackage::Found found = entry.package->find(*customer, *watcher, entry.user);
  if (found.status != 200) return subscription.end(found.status == 403 ? "rejected" : "noresource");
  if (found.resource == entry.resource) return;
  unlink(entry);
  entry.resource = found.resource;
  watchers_.emplace(Key{entry.package, entry.resource}, &subscription);
  subscription.note_change();
}

}  // namespace carillon::pbx
