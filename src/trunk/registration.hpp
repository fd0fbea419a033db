// SPDX-License-Identifier: GPL-3.0-or-later
// One registration at a carrier (RFC 3261 §10.2): we are the telephone here. It registers, says so again before its time is over,
// goes on to the registrar's next place when one is silent, and takes itself off the list when it is not wanted any more.
#pragma once

#include <memory>
#include <optional>
#include <string>

#include "agent/agent.hpp"
#include "base/task.hpp"
#include "model/carrier_registration.hpp"
#include "trunk/health.hpp"
#include "trunk/trunks.hpp"

namespace carillon::trunk {

enum class RegistrationPhase : std::uint8_t {
  off,         ///< Not wanted.
  trying,      ///< For the first time.
  registered,  ///< Also while it says so again.
  failed       ///< The last try did; others follow.
};

struct RegistrationState {
  RegistrationPhase phase{};
  int last_code = 0;   ///< The last final answer; 0: none came, or there was nobody to ask.
  Instant since;       ///< When it became so.
  Instant expires_at;  ///< Zero: it is not registered.
  std::string target;  ///< "udp 192.0.2.7:5060": whom it asked last; empty: nobody.
};

class Registration final : sip::ClientTransaction::Listener {
 public:
  using Row = model::CarrierRegistration;

  static constexpr Duration answer_within = 8s;  ///< Of one place; five copies of a REGISTER by then.
  static constexpr Duration leave_within = 2s;   ///< To be taken off the list: then it is forgotten anyhow.
  static constexpr Duration spread = 1s;         ///< Those that begin together ask within so long.
  static constexpr Duration pause_min = 2s;      ///< After nobody answered, doubling to the next: back within a minute.
  static constexpr Duration pause_max = 40s;
  static constexpr Duration steady_after = 2min;  ///< A connection that lasted so long is no bad one.
  static constexpr Duration kept_up = 15min;      ///< What goes by a connection is said again before that is closed for silence.
  static constexpr Duration refused_min = 30s;    ///< After a refusal, likewise: a wrong password gets no better by asking.
  static constexpr Duration refused_max = 10min;

  class Owner {
   public:
    /// The phase or the code is another one.
    virtual void on_state(const Registration& registration) = 0;
    /// Calls may come from there from now on; nothing: from nowhere.
    virtual void on_place(const Registration& registration, const std::optional<net::Address>& at) = 0;
    /// Nothing follows any more: destroy it, later.
    virtual void on_over(const Registration& registration) = 0;

   protected:
    ~Owner() = default;
  };
  /// All outlive it.
  struct Ground {
    agent::Agent& agent;
    Trunks& trunks;
    TargetHealth& health;
    Owner& owner;
  };

  Registration(const Ground& ground, Row row);
  Registration(const Registration&) = delete;
  Registration& operator=(const Registration&) = delete;
  ~Registration();

  /// What it shall be from now on; nothing: off the list. What has changed is told to the registrar at once.
  void want(std::optional<Row> row);
  /// A connection is gone. If it was this one's, the registrar is told anew by another one.
  void on_flow_closed(const net::Flow& flow);
  const Row& row() const { return row_; }
  const RegistrationState& state() const { return state_; }

 private:
  /// Where the registrar may have us on its list.
  struct Bound {
    Row row;
    Target target;
    net::Flow flow;
    Monotonic ends;  ///< As far as the registrar has said.
  };
  /// What became of asking one place.
  struct Answer {
    int status = 0;  ///< 0: none came.
    Duration granted{};
    Duration retry_after{};
  };

  void on_response(sip::ClientTransaction& transaction, const sip::Message& response) override;
  void on_failure(sip::ClientTransaction& transaction, sip::TransactionFailure failure) override;

  Task<> run(Duration pause);
  void begin_again();
  Task<> wait_for_change();
  Task<> wait_for_news();  ///< The same, or that it is cut off.
  /// One try: how long until the next.
  Task<Duration> enrol();
  Task<std::vector<Target>> locate();
  Task<Answer> ask(std::uint32_t seconds);
  Task<> exchange(std::uint32_t seconds);
  Task<> answered();
  Task<> leave();
  /// The way with a connection to whoever shows the certificate of `name`, where one is needed.
  Task<Result<net::Flow>> connect(net::Flow way, std::string name);
  void send(std::uint32_t seconds);
  void forget();
  bool answer_challenge(const sip::Message& response);
  Answer read(const sip::Message& response, std::uint32_t asked) const;
  Duration take(const Answer& answer);
  Duration fail(int code, Duration retry_after);
  Duration pause_after_cut();
  void set_state(RegistrationPhase phase, int code);
  void lose_place();
  std::uint8_t slot() const { return PermitKey::of(row_.carrier).slot(); }
  Loop& loop() const { return ground_.agent.loop(); }

  Ground ground_;
  Row row_;  ///< The last that was wanted.
  bool is_wanted_ = true;
  bool has_changed_ = false;
  bool is_enrolling_ = false;
  bool is_cut_off_ = false;  ///< Its connection is gone.
  RegistrationState state_;
  std::optional<Bound> bound_;
  bool has_place_ = false;             ///< The owner was told of it.
  std::optional<sip::Dialog> dialog_;  ///< Call-ID and CSeq of all its requests, as long as it is the same.
  std::uint32_t least_seconds_ = 0;    ///< That the registrar takes.
  unsigned failures_ = 0;
  unsigned breaks_ = 0;      ///< Of this program, in a row.
  unsigned cuts_ = 0;        ///< In a row, of connections that did not last.
  Monotonic connected_at_;   ///< The one that it has.
  unsigned challenges_ = 0;  ///< Answered in this exchange.
  std::string authorization_;
  sip::HeaderId authorization_in_{};
  sip::TransactionId asked_;
  sip::OwnedMessage answer_;
  Signal answered_;
  Signal changed_;
  Scope scope_;  ///< Last: it is gone first.
};

/// Whether the registrar would have both on its list as one.
bool is_same_binding(const model::CarrierRegistration& a, const model::CarrierRegistration& b);

/// When what lasts so long is said again: at three quarters of it or a little later, and early enough that a lost answer costs
/// nothing. `random` may be anything.
Duration refresh_after(Duration granted, std::uint64_t random);

/// Of the n-th failure in a row (the first is 1): doubling from `least` to `most`, a quarter more or less.
Duration pause_after(unsigned failures, Duration least, Duration most, std::uint64_t random);

}  // namespace carillon::trunk
