// SPDX-License-Identifier: GPL-3.0-or-later
// The promises, each checked where it could be broken.
#include "simulation/witness.hpp"

#include "journal/frame.hpp"
#include "model/call.hpp"
#include "sip/message.hpp"
#include "store/table.hpp"

namespace carillon::simulation {

namespace {

constexpr std::size_t faults_kept = 20;

/// A 200 leaves a little after the answer that is charged.
constexpr Duration charge_tolerance = 3s;

}  // namespace

void Witness::object(std::string what) {
  if (faults_.size() < faults_kept)
    faults_.push_back(
        fmt::format("at {:.3f} s: {}", std::chrono::duration<double>(loop_.now().time_since_epoch() - 1h).count(), what));
}

void Witness::add_host(const net::Address& host, std::vector<std::string> foreign_domains) {
  hosts_[host.with_port(0)] = std::move(foreign_domains);
}

void Witness::see(const net::Address& from, const net::Address& to, std::string_view bytes) {
  const bool is_sip = from.port == server_.port || to.port == server_.port;
  if (!is_sip) return;
  ++messages_;
  const auto message = sip::Message::parse(bytes);
  if (!message) return;
  if (from == server_) {
    if (message->method() == sip::Method::bye && (message->is_request() || message->is_success()))
      if (const auto talk = heard_.find(message->call_id()); talk != heard_.end()) talk->second.to = loop_.now();
    if (const auto host = hosts_.find(to.with_port(0)); host != hosts_.end())
      for (const std::string& domain : host->second)
        if (bytes.contains(domain)) object(fmt::format("{} is told of {}", to.to_string(), domain));
    if (!message->is_request() && message->status() == 200 && message->method() == sip::Method::invite)
      see_answer(message->call_id());
    return;
  }
  if (message->is_request() && message->method() == sip::Method::invite && message->to_tag().empty())
    callers_.emplace(message->call_id());
}

/// "Answered" is on disk before the caller's 200 leaves.
void Witness::see_answer(std::string_view call_id) {
  if (!callers_.contains(call_id) || heard_.contains(call_id)) return;
  heard_.emplace(call_id, Talk{.from = loop_.now()});
  if (!answered_call_ids_.contains(call_id)) object(fmt::format("the 200 of {} left before its answer was durable", call_id));
}

void Witness::see(const Disk::NodePointer& node) {
  auto& [keep, seen] = read_[node.get()];
  keep = node;
  if (seen > node->content.size()) seen = 0;
  journal::FrameScanner scanner(node->content, seen);
  while (scanner.next() == journal::FrameScanner::Found::frame) {
    seen = scanner.offset();
    const auto record = journal::decode(scanner.frame().type, scanner.frame().payload);
    if (!record) continue;
    if (const auto* setup = std::get_if<journal::Setup>(&*record)) setups_[setup->call] = setup->sip_call_id;
    if (const auto* answered = std::get_if<journal::Answered>(&*record)) {
      answered_.insert(answered->call);
      answered_call_ids_.insert(setups_[answered->call]);
    }
  }
}

void Witness::compare(store::Database& database) {
  std::map<std::string, model::Call> rows;
  std::map<std::string, int> answered_rows;  // By Call-ID, of calls that a telephone began.
  store::Query everything;
  everything.limit = 0;
  auto stored = store::list<model::Call>(database, {}, everything);
  if (!stored) return object("the records cannot be read: " + stored.error().what);
  for (model::Call& call : *stored) {
    const auto talk = heard_.find(call.call_id);
    const bool is_known = talk != heard_.end() && talk->second.to != Monotonic{};
    if (is_known && call.duration > talk->second.to - talk->second.from + charge_tolerance)
      object(fmt::format("{} lasted {} ms, {} ms from its answer to the platform's last word", to_hex(call.id),
                         call.duration.count(), (talk->second.to - talk->second.from) / 1ms));
    if (call.answered_at != Instant{} && call.link_reason == model::LinkReason::none) ++answered_rows[call.call_id];
    if (call.duration < 0ms) object(fmt::format("{} lasted {} ms", to_hex(call.id), call.duration.count()));
    rows[to_hex(call.id)] = std::move(call);
  }
  for (const auto& [id, call_id] : setups_)
    if (!rows.contains(to_hex(id))) object(fmt::format("no record of {} ({}), whose setup was durable", to_hex(id), call_id));
  for (const auto& [call_id, talk] : heard_) {
    const int count = answered_rows[call_id];
    if (count != 1) object(fmt::format("{} answered records of {}, whose caller heard the answer", count, call_id));
  }
  auto aside = database.prepare("SELECT count(*) FROM records_set_aside");
  if (aside && (*aside)->step() && (*aside)->integer(0) != 0)
    object(fmt::format("{} records were set aside", (*aside)->integer(0)));
}

Witness::Counts Witness::counts() const {
  return {.messages = messages_, .calls = setups_.size(), .answered = heard_.size()};
}

}  // namespace carillon::simulation
