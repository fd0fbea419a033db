// SPDX-License-Identifier: GPL-3.0-or-later
// Somebody watches something: one subscription as its notifier keeps it (RFC 6665 §4.2), with the dialog that its SUBSCRIBE made.
// What is watched is its owner's business. One thread.
#pragma once

#include <array>
#include <memory>
#include <optional>
#include <string>

#include "agent/agent.hpp"
#include "sip/event.hpp"

namespace carillon::agent {

/// How long a subscription may last; seconds.
struct SubscriptionTimes {
  std::uint32_t least = 60;  ///< Shorter ones are refused with 423.
  std::uint32_t most = 3600;
};

class Subscription final : public DialogUser, sip::ClientTransaction::Listener {
 public:
  class Owner {
   public:
    /// Appends the state as it is now, whole, to an empty body. `version` counts the notifications of this subscription, from 0.
    virtual void write_state(const Subscription& subscription, std::uint32_t version, std::string& body) = 0;
    /// What kept() says is different now, by more than a notification.
    virtual void on_changed(const Subscription& subscription) = 0;
    /// Nothing follows any more: destroy it. Called from the loop, never from within a member.
    virtual void on_over(Subscription& subscription) = 0;

   protected:
    ~Owner() = default;
  };

  struct Ground {
    Agent& agent;
    Owner& owner;
    std::uint8_t slot;    ///< The customer's virtual slot, carried in every identifier.
    std::string account;  ///< The terminal that watches; only it may speak in the dialog (ruling 4).
    std::string realm;
    std::string_view type;  ///< Of the bodies; of static life.
    SubscriptionTimes times;
  };

  /// How long what a SUBSCRIBE asks for will last; nothing when that is too short (423 with Min-Expires). 0: until its first and
  /// only notification.
  static std::optional<std::uint32_t> grant(const sip::Message& subscribe, const SubscriptionTimes& times);

  /// Answers a SUBSCRIBE that has proven its account with 200, and notifies at once. Errors: sip::DialogFault (400), table_full
  /// (503); then nothing was answered.
  static Result<std::unique_ptr<Subscription>> accept(Ground ground, const Incoming& incoming, sip::Event event,
                                                      std::uint32_t seconds);

  /// What outlives a process.
  struct Kept {
    sip::DialogState dialog;
    net::Flow flow;
    std::string instance;  ///< That the device registered by its connection; empty: by UDP, or none.
    sip::Event event;
    Duration left{};
    std::uint32_t version = 0;
  };
  Kept kept() const;
  /// A subscription that another process had; the whole state is told at once, or when its device is back. Numbers go on above
  /// what a notification for each second of `age` may have used. Error: table_full.
  static Result<std::unique_ptr<Subscription>> take_up(Ground ground, Kept kept, Duration age);

  Subscription(const Subscription&) = delete;
  Subscription& operator=(const Subscription&) = delete;
  ~Subscription();

  /// What is watched has changed. Many changes within a second become one notification, of the last state.
  void note_change();
  /// Ends it with a last notification and this reason (RFC 6665 §4.1.3): "noresource", "rejected", "deactivated".
  void end(std::string_view reason);
  /// Will not notify any more but for the last time.
  bool is_ending() const { return !ending_.empty(); }

  // DialogUser
  const net::Flow& flow() const override { return flow_; }
  const std::string& account() const override { return ground_.account; }
  const std::string& realm() const override { return ground_.realm; }
  std::string_view remote_target() const override { return dialog_.state().remote_target; }

 private:
  Subscription(Ground ground, const net::Flow& flow, sip::Dialog dialog, sip::Event event);

  void on_request(sip::Dialog& dialog, sip::ServerTransaction& transaction, const sip::Message& request) override;
  void on_ack(sip::Dialog&, const sip::Message&) override {}
  void on_flow_closed() override {}  // Its device comes back by another one, or the subscription runs out.
  void on_moved(const net::Flow& flow, bool is_back) override;
  void on_response(sip::ClientTransaction& transaction, const sip::Message& response) override;
  void on_failure(sip::ClientTransaction& transaction, sip::TransactionFailure failure) override;

  /// Every way in: what breaks here ends this subscription and goes no further up.
  template <class Work>
  void enter(Work work);
  void refresh(sip::ServerTransaction& transaction, const sip::Message& request);
  void respond(sip::TransactionId transaction, const sip::Message& request, int status, std::uint32_t seconds = 0);
  void take_time(std::uint32_t seconds);
  void run();
  void schedule();
  Monotonic next_turn() const;
  Monotonic next_notification() const;
  void notify();
  bool has_room() const;
  void note_failure(Monotonic again);
  void close();

  Ground ground_;
  net::Flow flow_;
  sip::Dialog dialog_;
  sip::Event event_;
  Monotonic expires_{};
  Monotonic notified_ = Monotonic::min();  ///< When the last notification left.
  Monotonic not_before_{};                 ///< After a failure.
  std::uint32_t version_ = 0;
  /// Notifications that are not answered yet, the latest last. A newer state does not wait for the answer to an older one.
  std::array<sip::TransactionId, 4> unanswered_{};
  sip::TransactionId latest_;
  std::string ending_;  ///< The reason; empty while it is active.
  unsigned failures_ = 0;
  bool is_changed_ = true;
  bool is_urgent_ = true;  ///< A SUBSCRIBE waits for its notification (RFC 6665 §4.2.1.2).
  bool is_over_ = false;
  Timer due_;
};

}  // namespace carillon::agent
