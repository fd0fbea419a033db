// SPDX-License-Identifier: GPL-3.0-or-later
#include "roles/signalling/shards.hpp"

#include "base/kill_point.hpp"
#include "control/message.hpp"

namespace carillon::roles {

Result<std::unique_ptr<Shards>> Shards::start(Loop& home, Settings settings, std::function<void()> on_change) {
  std::unique_ptr<Shards> shards(new Shards(home, std::move(on_change)));
  CARILLON_CHECK(shards->open(std::move(settings)));
  for (const auto& thread : shards->threads_) thread->run(shards->threads_, *shards->streams_);
  shards->streams_->run();
  return shards;
}

Result<> Shards::open(Settings settings) {
  std::vector<journal::Registration> registrations;
  std::vector<journal::Subscription> subscriptions;
  CARILLON_TRY(disk, JournalDisk::open(
                         settings.paths, [&](const journal::Registration& each) { registrations.push_back(each); },
                         [&](const journal::Subscription& each) { subscriptions.push_back(each); }));
  disk_ = std::move(disk);
  if (settings.traces) traces_ = std::make_unique<TraceDisk>(*std::move(settings.traces));
  names_ = std::make_unique<net::AresThread>(settings.dns_servers);
  statuses_.resize(settings.count);
  for (unsigned i = 0; i < settings.count; ++i) {
    settings.shard.share = {.index = i, .count = settings.count};
    settings.shard.media_socket = mediaclient::control_path(settings.data_dir, settings.media_control, i);
    auto tell = [this, i, &home = home_, alive = is_alive_](const ShardThread::Status& status) {
      home.post([this, i, status, alive] {
        if (!*alive) return;
        statuses_[i] = status;
        on_change_();
      });
    };
    CARILLON_TRY(thread, ShardThread::open(settings.shard, *disk_, traces_.get(), *names_, std::move(tell)));
    // With port 0 the first one gets a free port, and the others share it.
    if (i == 0) {
      settings.shard.agent.addresses = addresses_ = thread->shard().agent().local_addresses();
      settings.shard.agent.trunk_addresses = thread->shard().agent().trunk_addresses();
    }
    threads_.push_back(std::move(thread));
  }
  const auto owner_of = [this](std::int64_t customer) -> Shard& {
    return threads_[threads_.front()->share().shard_of(directory::slot_of({customer}))]->shard();
  };
  for (const journal::Registration& each : registrations) owner_of(each.customer).registrar().restore(each);
  for (journal::Subscription& each : subscriptions) owner_of(each.customer).take_up(std::move(each));
  kill_point("takeup.registrations_restored");
  UnfinishedCalls unfinished = disk_->take_unfinished();
  for (const journal::UnfinishedCall& each : unfinished.ended) owner_of(each.setup.customer).say_farewell(each);
  for (journal::UnfinishedCall& each : unfinished.answered) owner_of(each.setup.customer).take_up(std::move(each));
  std::vector<StreamUser*> users;
  for (const auto& thread : threads_) users.push_back(thread.get());
  const agent::Agent::Settings& agent = settings.shard.agent;
  std::vector<net::Address> tcp_addresses = addresses_;
  tcp_addresses.insert(tcp_addresses.end(), agent.trunk_addresses.begin(), agent.trunk_addresses.end());
  CARILLON_TRY(streams, StreamThread::open({.addresses = std::move(tcp_addresses),
                                            .sides = agent::Sides(agent.trunk_addresses, agent.trunk_tls_port),
                                            .tls_addresses = std::move(settings.tls_addresses),
                                            .certificate = std::move(settings.certificate),
                                            .named_certificates = std::move(settings.named_certificates),
                                            .authorities = std::move(settings.authorities),
                                            .limits = agent.streams,
                                            .flood = agent.flood,
                                            .message = agent.message},
                                           std::move(users)));
  streams_ = std::move(streams);
  return {};
}

Shards::~Shards() {
  *is_alive_ = false;
  // Everybody may still post to everybody, so all stop before the first one goes, and loops go last.
  for (const auto& thread : threads_) thread->halt();
  if (streams_) streams_->stop();
  names_.reset();
  for (const auto& thread : threads_) thread->close();
  traces_.reset();
  disk_.reset();
}

void Shards::set_snapshot(const std::shared_ptr<const directory::Snapshot>& snapshot) {
  for (const auto& thread : threads_) thread->post_snapshot(snapshot);
  streams_->post_snapshot(snapshot);
}

void Shards::stop() {
  for (const auto& thread : threads_) thread->post_stop();
}

std::string Shards::trouble() const {
  const auto lacks = [this](bool ShardThread::Status::* what) { return !std::ranges::all_of(statuses_, what); };
  if (lacks(&ShardThread::Status::has_snapshot)) return "waits for its configuration";
  if (lacks(&ShardThread::Status::has_media)) return "has no connection to media";
  if (lacks(&ShardThread::Status::has_journal)) return "cannot write its journal";
  if (lacks(&ShardThread::Status::has_room)) return "the disk is full: calls that run go on, new ones are refused";
  return {};
}

bool Shards::is_over() const {
  return std::ranges::all_of(statuses_, &ShardThread::Status::is_over);
}

void Shards::reload_certificates(std::move_only_function<void(Result<>)> done) {
  streams_->post_reload([&home = home_, done = std::move(done)](Result<> result) mutable {
    home.post([done = std::move(done), result = std::move(result)]() mutable { done(std::move(result)); });
  });
}

void Shards::on_all(const std::function<void(ShardThread&)>& work, std::move_only_function<void()> done) {
  struct Asked {
    std::size_t missing;
    std::move_only_function<void()> done;
  };
  auto asked = std::make_shared<Asked>(threads_.size() + 1, std::move(done));
  const auto ask = [&](Loop& loop, std::move_only_function<void()> its_work) {
    loop.post([&home = home_, asked, its_work = std::move(its_work)]() mutable {
      its_work();
      home.post([asked = std::move(asked)] {
        if (--asked->missing == 0) asked->done();
      });
    });
  };
  for (const auto& thread : threads_) ask(thread->loop(), [work, &thread = *thread] { work(thread); });
  ask(streams_->loop(), [] {});
}

void Shards::when_all_turned(std::move_only_function<void()> done) {
  on_all([](ShardThread&) {}, std::move(done));
}

void Shards::find_trace(const CallId& call, const trace::Whose& whose, FoundTrace done) {
  if (!traces_) return done(failure(control::Fault::not_found, "trace.max_bytes is 0: calls leave no trace"));
  auto answer = [&home = home_, done = std::move(done)](Result<std::vector<model::TraceItem>> story) mutable {
    home.post([done = std::move(done), story = std::move(story)]() mutable { done(std::move(story)); });
  };
  auto look_up = [this, alive = is_alive_, call, whose, answer = std::move(answer)]() mutable {
    if (*alive) traces_->find(call, whose, std::move(answer));
  };
  on_all([](ShardThread& thread) { thread.trace()->flush(); }, std::move(look_up));
}

}  // namespace carillon::roles
