// SPDX-License-Identifier: GPL-3.0-or-later
#include "trunk/source_names.hpp"

#include <algorithm>
#include <tuple>

#include "base/log.hpp"

namespace carillon::trunk {

namespace {

Locator::Options locator_options(Trunks& trunks) {
  Locator::Options options = trunks.locator().options();
  options.addresses = SourceNames::addresses_max;
  return options;
}

bool is_same(const Wanted& a, const Wanted& b) {
  return a.host == b.host && a.port == b.port && a.transport == b.transport && a.is_sips == b.is_sips;
}

/// As it is written: an outbound proxy is how we get there, not where it calls from.
Wanted whereabouts(const model::CarrierServer& row) {
  static const std::string no_proxy;
  return wanted_of({.host = row.host,
                    .port = row.port,
                    .transport = row.transport,
                    .is_sips = row.scheme == model::ServerScheme::sips,
                    .outbound_proxy = no_proxy});
}

}  // namespace

SourceNames::SourceNames(Loop& loop, Trunks& trunks, Observer& observer)
    : loop_(loop),
      locator_(loop, trunks.names(), locator_options(trunks)),
      observer_(observer),
      scope_(loop, [](const Broken& broken) {
        log::error("trunk", "source_names.broken",
                   {{"condition", broken.what()}, {"file", broken.file()}, {"line", broken.line()}});
      }) {}

void SourceNames::on_snapshot(const directory::Snapshot& snapshot, const std::function<bool(std::uint8_t slot)>& is_home) {
  std::map<Key, const model::CarrierServer*> wanted;
  for (const auto& brand : snapshot.brands()) {
    for (const auto& carrier : brand->routing->carriers()) {
      if (!carrier->is_active || !is_home(PermitKey::of(carrier->id).slot())) continue;
      for (const directory::CarrierServer& each : carrier->servers)
        if (each.is_named_source) wanted.emplace(each.row.id, &each.row);
    }
  }
  for (auto each = followed_.begin(); each != followed_.end();) {
    const auto& [server, followed] = *each;
    const auto row = wanted.find(server);
    if (row == wanted.end() || !is_same(whereabouts(*row->second), followed->wanted)) {
      // Another name begins with nothing.
      followed->is_wanted = false;
      followed->changed.set();
      if (!std::exchange(followed->addresses, {}).empty()) tell(server, *followed);
      each = followed_.erase(each);
      continue;
    }
    wanted.erase(row);
    ++each;
  }
  for (const auto& [server, row] : wanted) {
    auto followed = std::make_shared<Followed>(loop_, whereabouts(*row));
    followed_.emplace(server, followed);
    scope_.spawn(follow(server, std::move(followed)));
  }
}

Task<> SourceNames::next_change(std::shared_ptr<Followed> followed) {
  while (followed->is_wanted) co_await followed->changed.wait();
}

/// What broke is begun again with the next snapshot, and with nothing.
Task<> SourceNames::follow(Key server, std::shared_ptr<Followed> followed) {
  try {
    co_await look(server, followed);
  } catch (const Broken&) {
    give_up(server, *followed);
    throw;  // The scope tells of it.
  }
}

void SourceNames::give_up(Key server, Followed& followed) {
  if (!std::exchange(followed.is_wanted, false)) return;  // Another has its place.
  followed_.erase(server);
  followed.addresses.clear();
  tell(server, followed);
}

Task<> SourceNames::look(Key server, std::shared_ptr<Followed> followed) {
  while (followed->is_wanted) {
    const auto found = co_await locator_.locate(followed->wanted);
    if (!followed->is_wanted) break;
    note(server, *followed, found);
    const Duration pause = interval * static_cast<std::int64_t>(100 + random_bits() % 51) / 100;
    co_await with_deadline(loop_, pause, next_change(followed));
  }
}

void SourceNames::note(Key server, Followed& followed, const Result<std::vector<Target>>& found) {
  const std::size_t before = followed.addresses.size();
  bool is_other = false;
  if (found) {
    followed.failures = 0;
    for (Address& each : followed.addresses) ++each.missing;
    for (const Target& target : *found) {
      const auto known = std::ranges::find(followed.addresses, target.address.bytes, &Address::bytes);
      is_other = is_other || known == followed.addresses.end();
      if (known == followed.addresses.end())
        followed.addresses.push_back({.bytes = target.address.bytes});
      else
        known->missing = 0;
    }
    std::erase_if(followed.addresses, [](const Address& each) { return each.missing > missing_max; });
    std::ranges::sort(followed.addresses, {}, [](const Address& each) { return std::tuple(each.missing, each.bytes); });
    if (followed.addresses.size() > addresses_max) followed.addresses.resize(addresses_max);
  } else if (!found.error().is(LocateFault::no_answer) || ++followed.failures > failures_max) {
    followed.addresses.clear();
  }
  if (is_other || followed.addresses.size() != before) tell(server, followed);
}

void SourceNames::tell(Key server, const Followed& followed) {
  std::vector<directory::NamedSources::Bytes> addresses;
  for (const Address& each : followed.addresses) addresses.push_back(each.bytes);
  observer_.on_source_addresses(server, std::move(addresses));
}

}  // namespace carillon::trunk
