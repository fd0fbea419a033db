// SPDX-License-Identifier: GPL-3.0-or-later
#include "trunk/probe.hpp"

#include <fmt/format.h>

#include "sip/dialog.hpp"

namespace carillon::trunk {

namespace {

/// A slot that no connection has.
constexpr std::uint32_t no_connection = UINT32_MAX;

}  // namespace

class Prober::Watch final : sip::ClientTransaction::Listener {
 public:
  Watch(Prober& prober, Target target, const agent::Way& way, std::uint8_t slot)
      : prober_(prober),
        target_(std::move(target)),
        way_(way),
        flow_(way.flow),
        slot_(slot),
        ends_(now() + watched_for),
        due_([](void* self) { static_cast<Watch*>(self)->on_due(); }, this) {
    if (flow_.transport != net::Transport::udp) flow_.slot = no_connection;
    wait();
  }
  Watch(const Watch&) = delete;
  Watch& operator=(const Watch&) = delete;
  ~Watch() {
    forget();
    prober_.agent_.forget_way(flow_);
  }

 private:
  Monotonic now() const { return prober_.agent_.loop().now(); }
  void wait() { prober_.agent_.loop().timers().arm(due_, now() + interval); }

  void forget() {
    prober_.agent_.transactions().set_listener(asked_, static_cast<sip::ClientTransaction::Listener*>(nullptr));
    asked_ = {};
  }

  /// The last word: this object is gone afterwards.
  void leave() { prober_.watches_.erase(key_of(target_)); }

  void on_due() {
    if (asked_) prober_.health_.note_timeout(target_, now());
    forget();
    if (now() >= ends_) return leave();
    ask();
    wait();
  }

  void ask() {
    agent::Agent& agent = prober_.agent_;
    agent.know_way(flow_, way_);
    const std::string host = fmt::format("{}:{}", target_.address.uri_host(), target_.address.port);
    sip::DialogState state;
    state.call_id = sip::make_tag(slot_);
    state.local_tag = sip::make_tag(slot_);
    state.local_address = fmt::format("<sip:{}>", agent.host_of(flow_));
    state.remote_address = fmt::format("<sip:{}>", host);
    state.local_contact = agent.contact_uri(way_.flow, "probe");
    state.remote_target = fmt::format("sip:{}", host);
    if (target_.transport != net::Transport::udp)
      state.remote_target += fmt::format(";transport={}", agent::transport_name(target_.transport));
    sip::Dialog dialog = sip::Dialog::prepare(std::move(state));
    const std::string branch = sip::make_branch(slot_);
    const std::string sent_by = agent.sent_by(flow_);
    std::string out;
    sip::Writer writer(out);
    dialog.begin_request(writer, sip::Method::options,
                         {.transport = agent::Agent::via_transport(flow_), .sent_by = sent_by, .branch = branch});
    writer.end();
    auto sent = agent.transactions().request({.method = sip::Method::options, .branch = branch, .bytes = out},
                                             agent::to_hop(flow_), this);
    if (sent) asked_ = (*sent)->id();
  }

  void on_response(sip::ClientTransaction&, const sip::Message& response) override {
    if (response.is_provisional()) return;
    forget();
    if (response.status() == 408) return prober_.health_.note_timeout(target_, now());
    if (response.status() == 503) return prober_.health_.note_error(target_, now());
    prober_.health_.note_back(target_, now());
    leave();
  }

  void on_failure(sip::ClientTransaction&, sip::TransactionFailure) override {
    asked_ = {};
    prober_.health_.note_timeout(target_, now());
  }

  Prober& prober_;
  Target target_;
  agent::Way way_;
  net::Flow flow_;  ///< By which nobody else speaks.
  std::uint8_t slot_;
  Monotonic ends_;
  sip::TransactionId asked_;
  Timer due_;
};

Prober::Prober(agent::Agent& agent, TargetHealth& health) : agent_(agent), health_(health) {}

Prober::~Prober() = default;

void Prober::watch(const Target& target, const agent::Way& way, std::uint8_t slot) {
  const Key key = key_of(target);
  if (watches_.size() >= targets_max || watches_.contains(key)) return;
  watches_.emplace(key, std::make_unique<Watch>(*this, target, way, slot));
}

}  // namespace carillon::trunk
