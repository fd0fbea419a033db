// SPDX-License-Identifier: GPL-3.0-or-later
// Goal: our requests are repeated and given up by the timers of RFC 3261, and a CANCEL does the right thing in every race.
#include "base/assert.hpp"
#include "sip/transaction_wire.hpp"
#include "support/virtual_loop.hpp"

namespace carillon::sip {
namespace {

using Fate = TransactionTable::Fate;
using State = ClientTransaction::State;
using Times = std::vector<std::int64_t>;

class TransactionClient : public testing::Test {
 protected:
  TransactionId send(const TestRequest& request, const Hop& hop) {
    const std::string bytes = request.bytes();
    auto sent = table_.request({method_from(request.method), request.branch, bytes}, hop, &log_);
    EXPECT_TRUE(sent);
    return sent ? (*sent)->id() : TransactionId{};
  }
  Fate answer(const TestRequest& request, int status, std::string_view to_tag = "bob-tag") {
    return receive(table_, make_response(request.bytes(), status, to_tag), udp_).fate;
  }
  State state(TransactionId id) {
    const ClientTransaction* transaction = table_.find_client(id);
    return transaction != nullptr ? transaction->state() : State::ended;
  }
  std::vector<int> statuses() const { return log_.statuses; }

  test::VirtualLoop loop_;
  Wire wire_{loop_};
  TransactionTable table_{loop_, wire_};
  ClientLog log_;
  const Hop udp_ = make_hop(2);
  const Hop tcp_ = make_hop(2, true);
  const TestRequest invite_;
};

TestRequest options_request() {
  TestRequest request;
  request.method = "OPTIONS";
  request.branch = "z9hG4bKoptions";
  return request;
}

TEST_F(TransactionClient, RepeatsByTimers) {
  // RFC 3261 §17.1.1.2 (timers A and B) and §17.1.2.2 (timers E and F).
  const struct {
    const char* what;
    TestRequest request;
    Hop hop;
    int provisional_at_ms;
    Times times;
  } cases[] = {
      {"INVITE", invite_, udp_, 0, {0, 500, 1500, 3500, 7500, 15500, 31500}},
      {"INVITE over a stream", invite_, tcp_, 0, {0}},
      {"INVITE that rings", invite_, udp_, 2000, {0, 500, 1500}},
      {"OPTIONS", options_request(), udp_, 0, {0, 500, 1500, 3500, 7500, 11500, 15500, 19500, 23500, 27500, 31500}},
      {"OPTIONS over a stream", options_request(), tcp_, 0, {0}},
      {"OPTIONS with a 100", options_request(), udp_, 600, {0, 500, 1500, 5500, 9500, 13500, 17500, 21500, 25500, 29500}},
  };
  for (const auto& c : cases) {
    Wire wire(loop_);
    ClientLog log;
    TransactionTable table(loop_, wire);
    const std::string bytes = c.request.bytes();
    ASSERT_TRUE(table.request({method_from(c.request.method), c.request.branch, bytes}, c.hop, &log));
    loop_.run_for(std::chrono::milliseconds(c.provisional_at_ms));
    if (c.provisional_at_ms != 0) receive(table, make_response(bytes, 100), c.hop);
    loop_.run_for(transaction_timeout - std::chrono::milliseconds(c.provisional_at_ms) - 1ms);
    EXPECT_EQ(wire.times(), c.times) << c.what;
    EXPECT_TRUE(log.failures.empty()) << c.what;
    const bool rings = c.request.method == "INVITE" && c.provisional_at_ms != 0;
    loop_.run_for(rings ? ringing_max : 1ms);
    EXPECT_EQ(log.failures, std::vector{TransactionFailure::timeout}) << c.what;
    EXPECT_EQ(table.client_count(), 0U) << c.what;
  }
}

TEST_F(TransactionClient, AcknowledgesAFailureAndItsCopies) {
  TestRequest invite = invite_;
  invite.extra = "Route: <sip:192.0.2.2;lr>\r\nProxy-Authorization: Digest username=\"a\"\r\nRequire: replaces\r\n";
  const TransactionId id = send(invite, udp_);
  EXPECT_EQ(answer(invite, 180), Fate::absorbed);
  EXPECT_EQ(answer(invite, 486), Fate::absorbed);
  EXPECT_EQ(answer(invite, 486), Fate::absorbed);
  EXPECT_EQ(statuses(), (std::vector{180, 486})) << "a final response goes up once";
  ASSERT_EQ(wire_.count("ACK"), 2U);
  EXPECT_EQ(wire_.sent.back().hop, udp_);
  const auto ack = Message::parse(wire_.sent.back().bytes);
  ASSERT_TRUE(ack);
  EXPECT_EQ(ack->request_uri_text(), invite.uri);
  EXPECT_EQ(ack->via().branch, invite.branch);
  EXPECT_EQ(ack->via().sent_by, invite.sent_by);
  EXPECT_EQ(ack->to_tag(), "bob-tag");
  EXPECT_EQ(ack->from_tag(), invite.from_tag);
  EXPECT_EQ(ack->call_id(), invite.call_id);
  EXPECT_EQ(ack->cseq_number(), invite.cseq);
  EXPECT_TRUE(ack->has(HeaderId::route));
  EXPECT_TRUE(ack->has(HeaderId::proxy_authorization));
  EXPECT_FALSE(ack->has(HeaderId::require));
  loop_.run_for(transaction_timeout - 1ms);
  EXPECT_EQ(state(id), State::completed);
  loop_.run_for(1ms);
  EXPECT_EQ(state(id), State::ended);
  EXPECT_EQ(answer(invite, 486), Fate::stray);
}

TEST_F(TransactionClient, WhatBreaksByAMessageEndsThatOneAlone) {
  send(options_request(), udp_);
  ASSERT_TRUE(table_.request({Method::invite, invite_.branch, "not SIP: no ACK can be made of it"}, udp_, &log_));
  EXPECT_EQ(answer(invite_, 486), Fate::absorbed);
  EXPECT_EQ(log_.failures, std::vector{TransactionFailure::broken});
  EXPECT_EQ(table_.client_count(), 1U);
}

TEST_F(TransactionClient, WhatBreaksByATimerEndsThatOneAlone) {
  const TransactionId broken = send(invite_, udp_);
  send(options_request(), tcp_);
  wire_.is_broken = true;
  loop_.run_for(600ms);
  EXPECT_EQ(log_.failures, std::vector{TransactionFailure::broken});
  EXPECT_EQ(state(broken), State::ended);
  wire_.is_broken = false;
  EXPECT_EQ(answer(options_request(), 200), Fate::absorbed);
  EXPECT_EQ(statuses(), std::vector{200});
}

TEST_F(TransactionClient, EndsAtOnceOverStreams) {
  const TransactionId invite = send(invite_, tcp_);
  answer(invite_, 486);
  EXPECT_EQ(state(invite), State::ended);
  EXPECT_EQ(wire_.count("ACK"), 1U);
  const TransactionId options = send(options_request(), tcp_);
  answer(options_request(), 200);
  EXPECT_EQ(state(options), State::ended);
  EXPECT_EQ(statuses(), (std::vector{486, 200}));
}

TEST_F(TransactionClient, GivesEach2xxOfAnInviteToItsUser) {
  const TransactionId id = send(invite_, udp_);
  answer(invite_, 200, "branch-a");
  answer(invite_, 200, "branch-a");
  answer(invite_, 200, "branch-b");
  EXPECT_EQ(answer(invite_, 180), Fate::absorbed);
  EXPECT_EQ(answer(invite_, 486), Fate::absorbed);
  EXPECT_EQ(statuses(), (std::vector{200, 200, 200}));
  EXPECT_EQ(wire_.count("ACK"), 0U) << "that ACK is the dialog's";
  EXPECT_EQ(table_.kept_bytes(), 0U);
  loop_.run_for(transaction_timeout);
  EXPECT_EQ(state(id), State::ended);
  EXPECT_EQ(answer(invite_, 200), Fate::stray);
}

TEST_F(TransactionClient, AbsorbsCopiesOfAnotherFinalResponse) {
  const TransactionId id = send(options_request(), udp_);
  answer(options_request(), 200);
  answer(options_request(), 200);
  EXPECT_EQ(statuses(), std::vector{200});
  EXPECT_EQ(table_.kept_bytes(), 0U);
  loop_.run_for(t4);
  EXPECT_EQ(state(id), State::ended);
}

TEST_F(TransactionClient, TakesOnlyItsOwnResponses) {
  send(invite_, udp_);
  TestRequest other = invite_;
  other.branch = "z9hG4bKother";
  EXPECT_EQ(answer(other, 200), Fate::stray);
  other = invite_;
  other.method = "CANCEL";
  EXPECT_EQ(answer(other, 200), Fate::stray) << "shares the branch, not the method";
  EXPECT_TRUE(statuses().empty());
}

// What happens, in order, and what must come of it.
struct Race {
  const char* name;
  std::vector<std::string_view> events;  ///< A status from the far side, "cancel", "cancel 200" (to our CANCEL), "32s".
  std::vector<int> heard;                ///< What the listener got.
  std::size_t cancels_sent;
  std::size_t acks_sent;  ///< By the transaction.
  bool is_late_answer;    ///< A 2xx came although it was cancelled: ACK, BYE.
  bool times_out;
};

class TransactionRaces : public TransactionClient, public testing::WithParamInterface<Race> {
 protected:
  void play(TransactionId id, std::string_view event) {
    if (event == "cancel") {
      table_.cancel(id, "SIP;cause=200;text=\"Call completed elsewhere\"");
    } else if (event == "cancel 200") {
      TestRequest cancel = invite_;
      cancel.method = "CANCEL";
      answer(cancel, 200);
    } else if (event == "32s") {
      loop_.run_for(transaction_timeout);
    } else {
      answer(invite_, std::stoi(std::string(event)));
    }
  }
};

TEST_P(TransactionRaces, EndAsTheyShould) {
  const Race& race = GetParam();
  const TransactionId id = send(invite_, tcp_);
  for (std::string_view event : race.events) play(id, event);
  EXPECT_EQ(statuses(), race.heard);
  EXPECT_EQ(wire_.count("CANCEL"), race.cancels_sent);
  EXPECT_EQ(wire_.count("ACK"), race.acks_sent);
  EXPECT_EQ(log_.was_cancelled && !race.heard.empty() && race.heard.back() == 200, race.is_late_answer);
  EXPECT_EQ(log_.failures.size(), race.times_out ? 1U : 0U);
  loop_.run_for(2 * transaction_timeout);
  EXPECT_EQ(table_.client_count(), 0U) << "nothing stays behind";
  EXPECT_EQ(loop_.timers().size(), 0U);
}

INSTANTIATE_TEST_SUITE_P(
    Cancel, TransactionRaces,
    testing::Values(Race{"before 1xx", {"cancel", "180", "cancel 200", "487"}, {180, 487}, 1, 1, false, false},
                    Race{"before 100", {"cancel", "100", "487"}, {100, 487}, 1, 1, false, false},
                    Race{"before 1xx, silence", {"cancel", "32s"}, {}, 0, 0, false, true},
                    Race{"before 1xx, answer", {"cancel", "200"}, {200}, 0, 0, true, false},
                    Race{"before 1xx, busy", {"cancel", "486"}, {486}, 0, 1, false, false},
                    Race{"after 1xx", {"180", "cancel", "cancel 200", "487"}, {180, 487}, 1, 1, false, false},
                    Race{"after 1xx, 487 first", {"180", "cancel", "487", "cancel 200"}, {180, 487}, 1, 1, false, false},
                    Race{"after 1xx, rings on", {"180", "cancel", "183", "487"}, {180, 183, 487}, 1, 1, false, false},
                    Race{"crossing 200", {"180", "cancel", "200"}, {180, 200}, 1, 0, true, false},
                    Race{"crossing 200, CANCEL accepted", {"180", "cancel", "cancel 200", "200"}, {180, 200}, 1, 0, true, false},
                    Race{"crossing 200, repeated", {"180", "cancel", "200", "200"}, {180, 200, 200}, 1, 0, true, false},
                    Race{"crossing 486", {"180", "cancel", "486"}, {180, 486}, 1, 1, false, false},
                    Race{"after 1xx, silence", {"180", "cancel", "32s"}, {180}, 1, 0, false, true},
                    Race{"accepted, silence", {"180", "cancel", "cancel 200", "32s"}, {180}, 1, 0, false, true},
                    Race{"twice", {"180", "cancel", "cancel", "487"}, {180, 487}, 1, 1, false, false},
                    Race{"twice before 1xx", {"cancel", "cancel", "180", "487"}, {180, 487}, 1, 1, false, false},
                    Race{"after 200", {"180", "200", "cancel"}, {180, 200}, 0, 0, false, false},
                    Race{"after 486", {"486", "cancel"}, {486}, 0, 1, false, false}),
    [](const auto& info) {
      std::string name = info.param.name;
      std::erase_if(name, [](char c) { return std::isalnum(static_cast<unsigned char>(c)) == 0; });
      return name;
    });

TEST_F(TransactionClient, TheCancelFollowsTheInvite) {
  TestRequest invite = invite_;
  invite.extra = "Route: <sip:192.0.2.2;lr>\r\nProxy-Require: x\r\n";
  const TransactionId id = send(invite, udp_);
  answer(invite, 180);
  table_.cancel(id, "SIP;cause=200");
  ASSERT_EQ(wire_.count("CANCEL"), 1U);
  EXPECT_EQ(wire_.sent.back().hop, udp_);
  const auto cancel = Message::parse(wire_.sent.back().bytes);
  ASSERT_TRUE(cancel);
  EXPECT_EQ(cancel->via().branch, invite.branch);
  EXPECT_EQ(cancel->request_uri_text(), invite.uri);
  EXPECT_EQ(cancel->to_tag(), "") << "as the INVITE had it";
  EXPECT_EQ(cancel->cseq_number(), invite.cseq);
  EXPECT_EQ(cancel->first(HeaderId::reason), "SIP;cause=200");
  EXPECT_TRUE(cancel->has(HeaderId::route));
  EXPECT_FALSE(cancel->has(HeaderId::proxy_require));
  loop_.run_for(600ms);
  EXPECT_EQ(wire_.count("CANCEL"), 2U) << "it is a request like others: repeated until answered";
}

TEST_F(TransactionClient, FailsWhenTheHopDoes) {
  wire_.is_up = false;
  const std::string bytes = invite_.bytes();
  EXPECT_TRUE(table_.request({Method::invite, invite_.branch, bytes}, tcp_, &log_).error().is(TransactionFault::not_sent));
  EXPECT_EQ(table_.client_count(), 0U);
  wire_.is_up = true;
  const TransactionId waiting = send(invite_, tcp_);
  const TransactionId elsewhere = send(options_request(), make_hop(3, true));
  TestRequest answered = invite_;
  answered.branch = "z9hG4bKanswered";
  const TransactionId accepted = send(answered, tcp_);
  answer(answered, 200);
  table_.fail_hop(tcp_);
  EXPECT_EQ(state(waiting), State::ended);
  EXPECT_EQ(state(elsewhere), State::trying);
  EXPECT_EQ(state(accepted), State::accepted);
  EXPECT_EQ(log_.failures, std::vector{TransactionFailure::transport});
}

// A listener that gives up inside its own event.
struct Quitter final : ClientTransaction::Listener {
  explicit Quitter(TransactionTable& all) : table(all) {}
  void on_response(ClientTransaction& transaction, const Message&) override {
    table.cancel(transaction.id());
    table.set_listener(transaction.id(), static_cast<ClientTransaction::Listener*>(nullptr));
    table.fail_hop(transaction.hop());
  }
  void on_failure(ClientTransaction& transaction, TransactionFailure) override {
    table.cancel(transaction.id());
    table.fail_hop(transaction.hop());
    ++failures;
  }
  TransactionTable& table;
  int failures = 0;
};

TEST_F(TransactionClient, ListenersMayActInsideTheirEvents) {
  Quitter quitter(table_);
  for (int status : {180, 200, 486}) {
    for (const Hop& hop : {udp_, tcp_}) {
      const std::string bytes = invite_.bytes();
      ASSERT_TRUE(table_.request({Method::invite, invite_.branch, bytes}, hop, &quitter));
      receive(table_, make_response(bytes, status), hop);
      loop_.run_for(ringing_max);
      EXPECT_EQ(table_.client_count(), 0U);
    }
  }
  const std::string bytes = invite_.bytes();
  ASSERT_TRUE(table_.request({Method::invite, invite_.branch, bytes}, udp_, &quitter));
  loop_.run_for(transaction_timeout);
  EXPECT_EQ(quitter.failures, 1);
}

TEST_F(TransactionClient, NamesFitTheirOwnKindOnly) {
  const TransactionId client = send(invite_, udp_);
  const std::string bytes = invite_.bytes();
  const auto request = Message::parse(bytes);
  const TransactionId server = (*table_.accept(*request, udp_))->id();
  EXPECT_EQ(client.slot, server.slot);
  EXPECT_EQ(table_.find_server(client), nullptr);
  EXPECT_EQ(table_.find_client(server), nullptr);
  EXPECT_EQ(table_.find_client({}), nullptr);
  EXPECT_EQ(table_.find_client({9999, 2}), nullptr);
}

TEST_F(TransactionClient, HoldsItsBound) {
  TransactionTable small(loop_, wire_, {.servers_max = 1, .clients_max = 2, .bytes_max = 1 << 20});
  for (int i = 0; i < 3; ++i) {
    const std::string branch = make_branch(7);
    const auto sent = small.request({Method::options, branch, "OPTIONS"}, udp_, nullptr);
    EXPECT_EQ(sent.has_value(), i < 2);
  }
}

TEST(TransactionToken, CarriesTheSlot) {
  for (int slot : {0, 1, 15, 16, 171, 255}) {
    const auto byte = static_cast<std::uint8_t>(slot);
    EXPECT_EQ(slot_of_branch(make_branch(byte)), byte);
    EXPECT_EQ(slot_of_tag(make_tag(byte)), byte);
    EXPECT_NE(make_tag(byte), make_tag(byte));
  }
  EXPECT_EQ(make_branch(171).substr(0, 9), "z9hG4bKab");
  EXPECT_EQ(make_branch(0).size(), 7U + 2U + 32U) << "128 random bits";
  const std::string other_branches[] = {"",          "z9hG4bK",           "z9hG4bKab", "z9hG4bKxb" + std::string(32, '0'),
                                        make_tag(1), make_branch(1) + "0"};
  for (const std::string& branch : other_branches) EXPECT_FALSE(slot_of_branch(branch)) << branch;
  EXPECT_FALSE(slot_of_tag(std::string(34, 'A')));
  EXPECT_FALSE(slot_of_tag(make_branch(1)));
}

}  // namespace
}  // namespace carillon::sip
