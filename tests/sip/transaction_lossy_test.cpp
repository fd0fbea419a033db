// SPDX-License-Identifier: GPL-3.0-or-later
// Goal: over a network that loses, repeats and reorders, every request ends once, both sides agree on how, and nothing stays
// behind.
#include <list>
#include <map>
#include <memory>
#include <random>

#include "sip/dialog_answer.hpp"
#include "sip/transaction_wire.hpp"
#include "support/virtual_loop.hpp"

namespace carillon::sip {
namespace {

/// Carries datagrams with seeded loss, copies and delays; a delay longer than the next one's reorders.
class LossyPipe {
 public:
  class Receiver {
   public:
    virtual void on_bytes(std::string_view bytes) = 0;

   protected:
    ~Receiver() = default;
  };
  LossyPipe(Loop& loop, unsigned seed, unsigned loss_percent) : loop_(loop), random_(seed), loss_percent_(loss_percent) {}

  void send(Receiver& to, std::string_view bytes) {
    const unsigned copies = chance(10) ? 2 : 1;
    for (unsigned i = 0; i < copies; ++i) {
      if (chance(loss_percent_)) continue;
      Flight& flight = flights_.emplace_back(*this, to, bytes);
      flight.self = std::prev(flights_.end());
      loop_.timers().arm(flight.timer, loop_.now() + std::chrono::milliseconds(1 + random_() % 400));
    }
  }
  unsigned pick(unsigned below) { return static_cast<unsigned>(random_() % below); }
  bool chance(unsigned percent) { return pick(100) < percent; }

 private:
  struct Flight {
    Flight(LossyPipe& owner, Receiver& receiver, std::string_view text) : pipe(owner), to(receiver), bytes(text) {}
    LossyPipe& pipe;
    Receiver& to;
    std::string bytes;
    std::list<Flight>::iterator self;
    Timer timer{[](void* flight) { land(*static_cast<Flight*>(flight)); }, this};
  };
  static void land(Flight& flight) {
    std::list<Flight> landed;
    landed.splice(landed.begin(), flight.pipe.flights_, flight.self);
    landed.front().to.on_bytes(landed.front().bytes);
  }

  Loop& loop_;
  std::minstd_rand random_;
  unsigned loss_percent_;
  std::list<Flight> flights_;
};

/// One side: a table whose hop is the pipe to the other.
class Side : public LossyPipe::Receiver, public TransactionTable::Sender {
 public:
  Side(Loop& loop, LossyPipe& pipe) : loop_(loop), pipe_(pipe), table(loop, *this, {.servers_max = 4096, .clients_max = 4096}) {}
  bool send(const Hop&, std::string_view bytes) override {
    pipe_.send(*other, bytes);
    return true;
  }
  Loop& loop_;
  LossyPipe& pipe_;
  TransactionTable table;
  Side* other = nullptr;

 protected:
  ~Side() = default;
};

/// Answers each request in its own time: 200 or 486 to an INVITE, sometimes after 180; 487 when cancelled; 200 to anything else.
class Answering final : public Side {
 public:
  using Side::Side;
  struct Call final : ServerTransaction::Listener, AnswerRetransmitter::Listener {
    Call(Answering& owner, const Message& request)
        : side(owner),
          text(request.raw()),
          answer(owner.loop_, owner.table, *this),
          timer([](void* call) { static_cast<Call*>(call)->decide(); }, this) {}
    void on_cancel(ServerTransaction&, const Message&) override { finish(487); }
    void on_failure(ServerTransaction&, TransactionFailure) override {}
    void on_no_ack() override { has_no_ack = true; }
    void decide() {
      if (!has_rung && side.pipe_.chance(60)) {
        has_rung = true;
        side.table.respond(id, 180, make_response(text, 180));
        side.loop_.timers().arm(timer, side.loop_.now() + std::chrono::milliseconds(side.pipe_.pick(15000)));
        return;
      }
      finish(side.pipe_.chance(50) ? 200 : 486);
    }
    void finish(int with) {
      timer.cancel();
      status = with;
      const std::string bytes = make_response(text, status);
      if (status == 200 && method == Method::invite) {
        EXPECT_TRUE(answer.start(id, status, bytes));
      } else {
        side.table.respond(id, status, bytes);
      }
    }
    Answering& side;
    std::string text;
    AnswerRetransmitter answer;
    Timer timer;
    TransactionId id;
    Method method = Method::unknown;
    bool has_rung = false;
    bool has_ack = false;
    bool has_no_ack = false;
    int status = 0;
  };

  void on_bytes(std::string_view bytes) override {
    const auto message = Message::parse(bytes);
    ASSERT_TRUE(message);
    const auto received = table.receive(*message, make_hop(1));
    const std::string call_id(message->call_id());
    if (received.fate == TransactionTable::Fate::ack) {
      calls.at(call_id)->answer.stop();
      calls.at(call_id)->has_ack = true;
    } else if (received.fate == TransactionTable::Fate::request) {
      ASSERT_FALSE(calls.contains(call_id)) << "one request, taken twice";
      auto& call = calls[call_id];
      call = std::make_unique<Call>(*this, *message);
      call->method = message->method();
      call->id = (*table.accept(*message, make_hop(1), call.get()))->id();
      const unsigned wait_ms = call->method == Method::invite ? pipe_.pick(3000) : pipe_.pick(200);
      if (call->method != Method::invite) call->has_rung = true;
      loop_.timers().arm(call->timer, loop_.now() + std::chrono::milliseconds(wait_ms));
    } else if (received.fate == TransactionTable::Fate::cancel) {
      auto own = table.accept(*message, make_hop(1));
      table.respond((*own)->id(), received.invite ? 200 : 481, make_response(bytes, received.invite ? 200 : 481));
      table.report_cancel(received.invite, *message);
    }
  }
  std::map<std::string, std::unique_ptr<Call>> calls;
};

/// Sends requests, acknowledges every 2xx, cancels some.
class Calling final : public Side {
 public:
  using Side::Side;
  struct Call final : ClientTransaction::Listener {
    void on_response(ClientTransaction&, const Message& message) override {
      if (!message.is_final()) return;
      EXPECT_TRUE(final == 0 || (final == message.status() && message.is_success())) << "two ends";
      final = message.status();
      if (!message.is_success() || message.method() != Method::invite) return;
      TestRequest ack = request;
      ack.method = "ACK";
      ack.branch = make_branch(1);
      ack.to_tag = message.to_tag();
      side->send({}, ack.bytes());
    }
    void on_failure(ClientTransaction&, TransactionFailure) override {
      EXPECT_EQ(final, 0);
      final = 408;
    }
    Calling* side = nullptr;
    TestRequest request;
    TransactionId id;
    int final = 0;
    bool is_cancelled = false;
    Timer give_up{[](void* call) { static_cast<Call*>(call)->cancel(); }, this};
    void cancel() {
      is_cancelled = true;
      side->table.cancel(id);
    }
  };

  void start(const std::string& call_id) {
    auto call = std::make_unique<Call>();
    call->side = this;
    call->request.method = pipe_.chance(70) ? "INVITE" : "OPTIONS";
    call->request.call_id = call_id;
    call->request.branch = make_branch(1);
    const std::string bytes = call->request.bytes();
    const Method method = method_from(call->request.method);
    call->id = (*table.request({method, call->request.branch, bytes}, make_hop(2), call.get()))->id();
    if (method == Method::invite && pipe_.chance(40)) {
      loop_.timers().arm(call->give_up, loop_.now() + std::chrono::milliseconds(pipe_.pick(12000)));
    }
    calls[call_id] = std::move(call);
  }
  void on_bytes(std::string_view bytes) override {
    const auto message = Message::parse(bytes);
    ASSERT_TRUE(message);
    table.receive(*message, make_hop(2));
  }
  std::map<std::string, std::unique_ptr<Call>> calls;
};

struct Tally {
  int answered = 0, refused = 0, cancelled = 0, late_answers = 0, timeouts = 0;
};

void run_seed(unsigned seed, unsigned loss_percent, Tally& tally) {
  test::VirtualLoop loop;
  LossyPipe pipe(loop, seed, loss_percent);
  Calling calling(loop, pipe);
  Answering answering(loop, pipe);
  calling.other = &answering;
  answering.other = &calling;
  for (int i = 0; i < 40; ++i) {
    calling.start("call-" + std::to_string(i));
    loop.run_for(std::chrono::milliseconds(pipe.pick(300)));
  }
  loop.run_for(20s + 3 * transaction_timeout);
  for (auto& [call_id, call] : calling.calls) {
    const auto found = answering.calls.find(call_id);
    const Answering::Call* peer = found != answering.calls.end() ? found->second.get() : nullptr;
    const bool is_invite = call->request.method == "INVITE";
    ASSERT_NE(call->final, 0) << call_id << " never ended";
    if (call->final == 408) {
      ASSERT_NE(loss_percent, 0U);
      ++tally.timeouts;
      continue;
    }
    ASSERT_NE(peer, nullptr);
    ASSERT_EQ(call->final, peer->status) << "they disagree";
    if (call->final == 487) ++tally.cancelled;
    if (call->final == 486) ++tally.refused;
    if (call->final != 200 || !is_invite) continue;
    ++(call->is_cancelled ? tally.late_answers : tally.answered);
    ASSERT_TRUE(peer->has_ack || peer->has_no_ack);
    ASSERT_TRUE(peer->has_ack || loss_percent != 0);
  }
  ASSERT_EQ(calling.table.client_count(), 0U);
  ASSERT_EQ(answering.table.server_count(), 0U);
  ASSERT_EQ(calling.table.kept_bytes() + answering.table.kept_bytes(), 0U);
  ASSERT_EQ(loop.timers().size(), 0U);
}

TEST(TransactionLossy, EveryRequestEndsOnce) {
  for (unsigned loss_percent : {0U, 10U, 30U, 60U}) {
    Tally tally;
    for (unsigned seed = 1; seed <= 15; ++seed) {
      run_seed(seed * 1000 + loss_percent, loss_percent, tally);
      if (testing::Test::HasFatalFailure()) FAIL() << "seed " << seed << ", loss " << loss_percent << " %";
    }
    EXPECT_GT(tally.answered, 20);
    EXPECT_GT(tally.refused, 20);
    EXPECT_GT(tally.cancelled, 20);
    EXPECT_GT(tally.late_answers, 0) << "the crossing of CANCEL and 200 must occur to prove anything";
    if (loss_percent <= 10) EXPECT_EQ(tally.timeouts, 0);
  }
}

}  // namespace
}  // namespace carillon::sip
