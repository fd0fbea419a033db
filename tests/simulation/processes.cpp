// SPDX-License-Identifier: GPL-3.0-or-later
// Starting as the roles do it (src/roles), and dying at once.
#include "simulation/processes.hpp"

#include "journal/writer.hpp"
#include "roles/signalling/unfinished_calls.hpp"

namespace carillon::simulation {

namespace {

constexpr std::string_view media_socket = "/run/media-control.sock";

media::Engine::Config media_configuration(const net::Address& address) {
  media::Engine::Config configuration;
  configuration.hosts = {address.with_port(0)};
  configuration.ports = {.min = 13000, .max = 13999};
  configuration.listeners = {address};
  return configuration;
}

/// A shard among several has its connections elsewhere; here it has none.
class NoStreams final : public agent::Streams {
  void connect(const agent::Way&, Connected) override {}
  bool send(const net::Flow&, std::string_view) override { return false; }
  bool is_open(const net::Flow&) const override { return false; }
  void prove(const net::Flow&, std::uint64_t) override {}
};

NoStreams no_streams;

}  // namespace

// ---- Media

Media::Media(Machine& machine) : network_(machine.wire, {machine.address.with_port(0)}) {
  auto bind = [this](const net::Address& address, net::UdpSocket::Receiver& receiver) {
    return network_.bind_udp(address, receiver);
  };
  server_ = *media::ControlServer::open(network_, std::string(media_socket), bind, media_configuration(machine.address));
}

// ---- Signalling

class Signalling::Seat final : public agent::Router {
 public:
  Seat(Signalling& signalling, roles::Share share)
      : share(share), owners(share.count), journal(signalling.machine_.loop, *signalling.disk_), signalling_(signalling) {}

  bool pass_on(const sip::Message& message, const net::Flow& flow) override {
    const std::optional<unsigned> owner = owners.find(message, flow, signalling_.machine_.loop.now());
    if (!owner || *owner == share.index) return false;
    post_to(*owner, [flow, bytes = std::string(message.raw())](Seat& peer) { peer.shard->agent().receive_moved(flow, bytes); });
    return true;
  }
  bool send_on_net(const net::Flow& flow, std::string_view bytes) override {
    post_to(share.shard_of(agent::other_slot(flow)),
            [flow, text = std::string(bytes)](Seat& peer) { peer.shard->agent().receive_on_net(flow, text); });
    return true;
  }
  void verified(const net::Address& source) override {
    tell_peers([source](Seat& peer) { peer.shard->agent().note_verified(source); });
  }
  void proven(const net::Address& source) override {
    tell_peers([source](Seat& peer) { peer.shard->agent().note_proven(source); });
  }

  const roles::Share share;
  roles::Owners owners;
  roles::JournalWriter journal;
  std::unique_ptr<roles::Shard> shard;

 private:
  void post_to(unsigned index, std::function<void(Seat&)> work) {
    signalling_.machine_.loop.post([&signalling = signalling_, alive = signalling_.is_alive_, index, work = std::move(work)] {
      if (*alive) work(*signalling.seats_[index]);
    });
  }
  void tell_peers(const std::function<void(Seat&)>& work) {
    for (unsigned index = 0; index < share.count; ++index)
      if (index != share.index) post_to(index, work);
  }

  Signalling& signalling_;
};

Signalling::Signalling(Machine& machine) : machine_(machine), network_(machine.wire, {machine.address.with_port(0)}) {
  machine_.signalling = this;
}

std::unique_ptr<Signalling> Signalling::start(Machine& machine, unsigned shards) {
  std::unique_ptr<Signalling> signalling(new Signalling(machine));
  if (!signalling->open(shards)) return nullptr;
  return signalling;
}

bool Signalling::open(unsigned shards) {
  std::vector<journal::Registration> registrations;
  std::vector<journal::Subscription> subscriptions;
  auto disk = roles::JournalDisk::open(
      {.journal = journal_directory, .registrations = registrations_directory, .reserve_bytes = 256 << 10},
      [&](const journal::Registration& each) { registrations.push_back(each); },
      [&](const journal::Subscription& each) { subscriptions.push_back(each); });
  if (!disk) return false;
  disk_ = std::move(*disk);
  for (unsigned index = 0; index < shards; ++index) {
    Seat& seat = *seats_.emplace_back(std::make_unique<Seat>(*this, roles::Share{.index = index, .count = shards}));
    roles::Shard::Settings settings;
    settings.agent.addresses = {machine_.address};
    settings.media_socket = media_socket;
    settings.share = seat.share;
    agent::Agent::Surroundings surroundings;
    if (shards > 1) surroundings = {.router = &seat, .streams = &no_streams};
    const roles::Shard::Ground ground{.loop = machine_.loop,
                                      .network = network_,
                                      .journal = seat.journal,
                                      .registrations = seat.journal,
                                      .surroundings = surroundings,
                                      .subscriptions = &seat.journal};
    seat.shard = *roles::Shard::open(ground, std::move(settings));
    seat.journal.set_list_live([&seat](std::uint8_t slot, const auto& each) { seat.shard->registrar().for_each(slot, each); });
    seat.journal.set_list_subscriptions(
        [&seat](std::uint8_t slot, const auto& each) { seat.shard->notifier().for_each(slot, each); });
  }
  const auto owner_of = [this](std::int64_t customer) -> roles::Shard& {
    return *seats_[seats_.front()->share.shard_of(directory::slot_of({customer}))]->shard;
  };
  for (const journal::Registration& each : registrations) owner_of(each.customer).registrar().restore(each);
  for (journal::Subscription& each : subscriptions) owner_of(each.customer).take_up(std::move(each));
  roles::UnfinishedCalls unfinished = disk_->take_unfinished();
  for (const journal::UnfinishedCall& each : unfinished.ended) owner_of(each.setup.customer).say_farewell(each);
  for (journal::UnfinishedCall& each : unfinished.answered) owner_of(each.setup.customer).take_up(std::move(each));
  for (const auto& seat : seats_) {
    seat->owners.set_snapshot(machine_.snapshot);
    seat->shard->set_snapshot(machine_.snapshot);
  }
  return true;
}

Signalling::~Signalling() {
  *is_alive_ = false;
  machine_.signalling = nullptr;
  for (const auto& seat : seats_) seat->shard.reset();
  seats_.clear();
  disk_.reset();
  if (!is_killed_) return;
  machine_.disk.is_frozen = false;
  machine_.workers.is_frozen = false;
}

void Signalling::kill() {
  if (std::exchange(is_killed_, true)) return;
  network_.kill();
  machine_.disk.is_frozen = true;
  machine_.workers.is_frozen = true;
}

std::size_t Signalling::calls() const {
  std::size_t count = 0;
  for (const auto& seat : seats_) count += seat->shard->call_count();
  return count;
}

std::string Signalling::leftovers() const {
  std::string left;
  for (const auto& seat : seats_) {
    const auto check = [&](std::string_view what, std::size_t count) {
      if (count != 0) left += fmt::format("shard {}: {} {} left; ", seat->share.index, count, what);
    };
    roles::Shard& shard = *seat->shard;
    check("calls", shard.call_count());
    check("server transactions", shard.agent().transactions().server_count());
    check("client transactions", shard.agent().transactions().client_count());
    check("dialogs", shard.agent().dialog_count() - shard.notifier().size());
  }
  return left;
}

// ---- Jobs

Jobs::Jobs(Machine& machine, store::Database& database)
    : machine_(machine), database_(database), work_([](void* self) { static_cast<Jobs*>(self)->work(); }, this) {
  work();
}

void Jobs::work() {
  if (!writer_) {
    auto opened = billing::RecordWriter::open(database_, std::filesystem::path(journal_directory));
    if (opened) writer_ = std::move(*opened);
  }
  bool is_well = writer_ != nullptr;
  for (bool has_more = true; is_well && has_more;) {
    auto done = writer_->run_once();
    is_well = done.has_value();
    has_more = is_well && *done;
  }
  if (is_well) sweep();
  machine_.loop.timers().arm(work_, machine_.loop.now() + (is_well ? Duration(200ms) : Duration(1s)));
}

/// Signalling does this with what jobs have stored (roles/signalling/segment_sweeper.cpp).
void Jobs::sweep() {
  if (machine_.loop.now() < swept_at_ + 20s) return;
  swept_at_ = machine_.loop.now();
  const auto stored = billing::stored_segment(database_);
  if (stored) (void)journal::remove_segments_before(std::filesystem::path(journal_directory), *stored);
}

}  // namespace carillon::simulation
