// SPDX-License-Identifier: GPL-3.0-or-later
// A telephone that says what a script tells it, in whatever order, right or wrong. It remembers what it said and heard, so that a
// script of a few letters can name the message that it answers, repeats or spoils.
#pragma once

#include <deque>
#include <memory>
#include <string>
#include <string_view>

#include "sip/digest.hpp"
#include "sip/message.hpp"
#include "sip/stream_framer.hpp"
#include "support/simulated_network.hpp"

namespace carillon::fuzz {

class ScriptedPhone final : net::UdpSocket::Receiver, net::Stream::Receiver {
 public:
  /// `account` is a user of the demo's company; "" is nobody's.
  ScriptedPhone(test::SimulatedWire& wire, const net::Address& host, const net::Address& server, std::string account);

  /// One step. `verb` is a letter of the table in tests/fuzz/README.md, `a` and `b` are 0 to 35, `other` is whose dialog a
  /// Replaces names; a step that makes no sense now does nothing.
  void act(char verb, unsigned a, unsigned b, const ScriptedPhone& other);
  /// Sends a message from here, whoever said it first: by its connection if it has one, else by UDP.
  void send(std::string_view bytes);
  /// What it said, the latest first: empty when it has not said so much.
  std::string_view said(std::size_t back) const;
  /// "CALL-ID;to-tag=…;from-tag=…" of the latest dialog, as the platform has it.
  std::string dialog() const;
  void power_off() { network_.power_off(); }

 private:
  /// A dialog, or what may become one.
  struct Talk {
    std::string call_id, local_tag, remote_tag;
    std::string local_uri, remote_uri, target;
    unsigned cseq = 0, invite_cseq = 0;
  };
  /// A request of ours, to be said again with credentials.
  struct Request {
    std::string method, call_id;
    std::string headers = {}, body = {};
    std::string type = "application/sdp";
    unsigned tries = 0;
    std::string branch = {}, text = {};
  };

  void on_datagram(net::UdpSocket& socket, const net::Address& from, std::string_view bytes) override;
  bool on_bytes(std::string_view bytes) override;
  void on_closed() override { stream_.reset(); }
  void hear(std::string_view bytes);
  void on_response(const sip::Message& response);
  void on_request(const sip::Message& request);
  void acknowledge_failure(const sip::Message& response);

  void register_for(unsigned a);
  void invite(unsigned a, unsigned b, std::string headers = {});
  void answer(unsigned a, unsigned b);
  void request(unsigned a, unsigned b);
  void acknowledge(unsigned a, unsigned b);
  void cancel();
  void refer(unsigned a, std::size_t talk, const std::string& replaces);
  void subscribe(unsigned a, unsigned b);
  void speak(unsigned a);
  void connect(unsigned a);
  void spoil(unsigned a, unsigned b);

  Talk& begin(std::string_view number);
  Talk* find_talk(std::string_view call_id);
  void say(Request request, unsigned cseq);
  void respond(const sip::Message& request, int status, std::string_view headers = {}, std::string_view body = {});
  std::string description(unsigned kind) const;
  std::string name(std::string_view prefix) { return std::string(prefix) + account_ + std::to_string(++names_); }

  test::SimulatedNetwork network_;
  net::Address server_;
  std::string account_;
  std::unique_ptr<net::UdpSocket> sip_;
  std::unique_ptr<net::UdpSocket> rtp_;
  std::unique_ptr<net::Stream> stream_;
  sip::StreamFramer framer_;
  bool is_polite_ = true;      ///< Answers challenges, acknowledges refusals, says 200 to what needs no decision.
  bool is_willing_ = false;    ///< Accepts every INVITE and UPDATE, acknowledges every 2xx.
  bool is_forgetful_ = false;  ///< Of its password.
  std::deque<Talk> talks_;
  std::deque<sip::OwnedMessage> requests_;   ///< Heard, the latest first.
  std::deque<sip::OwnedMessage> successes_;  ///< 2xx to our INVITEs, likewise.
  std::deque<sip::OwnedMessage> reliable_;   ///< Provisional responses with RSeq, likewise.
  std::deque<Request> sent_;                 ///< Likewise.
  std::deque<std::string> said_;             ///< Likewise, responses too.
  std::string heard_description_;
  unsigned names_ = 0;
  unsigned rseq_ = 0;
};

}  // namespace carillon::fuzz
