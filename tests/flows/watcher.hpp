// SPDX-License-Identifier: GPL-3.0-or-later
// The lamps of a telephone for flow tests: subscribes, and notes what it is told (RFC 6665). A peer of the platform, on a host of
// its own.
#pragma once

#include <map>
#include <memory>
#include <optional>
#include <string>

#include "flows/phone.hpp"

namespace carillon::flows {

class Watcher final : net::UdpSocket::Receiver, sip::TransactionTable::Sender, sip::ClientTransaction::Listener {
 public:
  /// What is watched, as the telephone shows it.
  struct Lamp {
    int status = 0;     ///< Of the last SUBSCRIBE; 0 while it waits.
    std::string state;  ///< "idle", "calling", "ringing", "talking"; of messages the value of Messages-Waiting.
    std::string other;  ///< User part of who is at the other end.
    std::string ended;  ///< The reason in Subscription-State: terminated.
    int notifications = 0;
    int version = -1;  ///< Of the last document.
    std::string body;
  };

  Watcher(Loop& loop, test::SimulatedWire& wire, const net::Address& host, const net::Address& server, Phone::Account account);
  ~Watcher();

  /// `package`: "dialog", "message-summary"; 0 seconds end it. A number that is watched already is refreshed.
  void watch(const std::string& package, const std::string& number, unsigned seconds);
  const Lamp* find(const std::string& number) const;
  /// The dialog of a line as a value of Replaces: as the line has it, or as its other side does.
  std::string dialog_of(const std::string& number, bool is_other_side) const;
  /// The subscriptions are forgotten, as by a telephone that was switched off and on: NOTIFY gets 481.
  void forget() { watched_.clear(); }

 private:
  struct Watched {
    std::string package;
    std::string number;
    unsigned seconds = 0;
    int tries = 0;
    std::unique_ptr<sip::Dialog> dialog;
    sip::TransactionId subscribing;
    Lamp lamp;
  };

  void on_datagram(net::UdpSocket& socket, const net::Address& from, std::string_view bytes) override;
  bool send(const sip::Hop& hop, std::string_view bytes) override;
  void on_response(sip::ClientTransaction& transaction, const sip::Message& response) override;
  void on_failure(sip::ClientTransaction&, sip::TransactionFailure) override {}
  void subscribe(Watched& watched, std::string_view authorization);
  int take(const sip::Message& notify);

  test::SimulatedNetwork network_;
  net::Address server_;
  Phone::Account account_;
  std::unique_ptr<net::UdpSocket> socket_;
  sip::Hop hop_;
  sip::TransactionTable transactions_;
  sip::Hasher hasher_;
  std::map<std::string, Watched> watched_;  ///< By number.
};

}  // namespace carillon::flows
