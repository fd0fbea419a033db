// SPDX-License-Identifier: GPL-3.0-or-later
// A telephone for flow tests: registers, calls, answers, holds and talks as a person tells it, and notes what it hears. It is a
// peer of the platform, never a part of it.
#pragma once

#include <functional>
#include <map>
#include <memory>
#include <optional>
#include <set>
#include <string>

#include "net/tls.hpp"
#include "sdp/session.hpp"
#include "sip/dialog.hpp"
#include "sip/dialog_answer.hpp"
#include "sip/digest.hpp"
#include "sip/stream_framer.hpp"
#include "sip/transaction_table.hpp"
#include "support/simulated_network.hpp"

namespace carillon::flows {

class Phone final : net::UdpSocket::Receiver,
                    net::Stream::Receiver,
                    net::StreamListener::Acceptor,
                    sip::TransactionTable::Sender,
                    sip::ServerTransaction::Listener,
                    sip::ClientTransaction::Listener,
                    sip::AnswerRetransmitter::Listener {
 public:
  struct Account {
    std::string user;
    std::string password;
    std::string domain = "users.democompany.com";
  };

  /// `host` is the phone's own address on the wire.
  Phone(Loop& loop, test::SimulatedWire& wire, const net::Address& host, const net::Address& server, Account account,
        bool is_tcp);
  ~Phone();

  // What a person does.
  void register_for(unsigned seconds);
  void prefer(std::string q) { preference_ = std::move(q); }  ///< The q of its Contact from its next REGISTER on: "0.5".
  void be_able(const std::string& ability);  ///< "100rel", "timer": what its Supported lists; "UPDATE": its Allow.
  void call(const std::string& number, bool has_offer = true);
  void pick_up(const std::string& number, std::string replaces,
               bool has_offer = true);                            ///< An INVITE with this value of Replaces.
  void take_over(const std::string& number, const Phone& other);  ///< The same for the dialog that the other phone is in.
  void steal(const Phone& other) { dialog_ = other.dialog_; }     ///< It knows all of the other's dialog, and speaks in it.
  void cancel();
  void ring();
  void ring_with_media(bool is_reliable, bool has_media = true);  ///< 183 with a description.
  void refresh(unsigned seconds);                                 ///< UPDATE without a description, with Session-Expires.
  /// 183 with a description from another phone behind this one, which never answers; `number` tells several apart.
  void ring_as_fork(int number = 0);
  void answer_as_fork(int number);                  ///< 200 from such a phone; this one may answer as well.
  void withhold_acks() { withholds_acks_ = true; }  ///< From now on no answer is acknowledged.
  void answer();
  void answer_nonsense();  ///< 200 with a description that is none.
  void reject(int status);
  void redirect(std::string_view uri);  ///< 302 with this Contact.
  void forward() { respond(*invite_, invited_, 181); }
  void try_on() { respond(*invite_, invited_, 100); }       ///< 100.
  void answer_without_media();                              ///< 200 with no description.
  void reject_for(unsigned seconds);                        ///< 503 with Retry-After.
  void have_login(std::string user, std::string password);  ///< With which its challenges are to be answered.
  /// The next `count` requests of this method are challenged; `is_stale`: all but the first of them say so.
  struct Challenges {
    sip::Method method{};
    int count = 0;
    int status = 401;
    std::string realm;
    bool is_stale = false;
    int made = 0;
  };
  void challenge(Challenges challenges) { challenges_ = std::move(challenges); }
  /// As a registrar.
  struct Registrar {
    unsigned granted = 0;  ///< Seconds, whatever is asked for; 0: as asked.
    unsigned least = 0;    ///< Less is refused with 423.
    int status = 200;      ///< Of what is not challenged; 0: it says nothing at all.
    int requests = 0;      ///< REGISTERs that came, challenged ones too.
    std::string contact;   ///< On its list: a URI; empty: nobody.
    std::string call_id;   ///< Of the last one, likewise:
    std::uint32_t cseq = 0;
    bool hangs_up = false;    ///< Its connection, once it has said yes.
    bool is_in_order = true;  ///< All had one Call-ID, and each a higher CSeq.
  };
  Registrar registrar;
  /// An INVITE to that URI, with the number in To.
  void call_at(std::string uri, const std::string& number);
  void change(std::string_view direction);                             ///< re-INVITE: sendrecv, sendonly, recvonly, inactive.
  void update(std::string_view direction);                             ///< The same by UPDATE, also before the answer.
  void describe_more(std::string lines) { more_ = std::move(lines); }  ///< At the end of each of its descriptions.
  void ask_offer();                                                    ///< re-INVITE without an offer.
  void cancel_change() { transactions_.cancel(inviting_); }
  /// REFER: sends the other side to a number, or, with `other`, to whoever that phone of ours talks with.
  void transfer(const std::string& number, const Phone* other = nullptr, bool wants_news = true);
  void say(std::string_view word) { said_ = word; }  ///< The value of Reason in its next BYE or CANCEL.
  void accept_change(int status);
  void press(char digit);  ///< INFO, application/dtmf-relay; 0: without a body.
  void hang_up();
  void refuse_refreshes(int status) { refresh_status_ = status; }  ///< From now on.
  void engage(bool is_engaged) { is_engaged_ = is_engaged; }  ///< Other calls hear that it is busy; those that wait do anyway.
  void speak(std::string_view word);                          ///< One frame, tagged with the word, to where the session says.
  void vanish() { network_.power_off(); }
  const net::Address& host() const { return host_; }
  void be_known_as(const std::string& user) { shown_ = user; }        ///< In From and Contact of its next calls.
  void withhold(bool is_withheld) { is_withheld_ = is_withheld; }     ///< Its number, in its next calls.
  void claim(std::string name, std::string value);                    ///< A header field of its next INVITEs.
  void claim_nothing() { claims_.clear(); }                           ///< Any more.
  void call_itself(std::string name) { display_ = std::move(name); }  ///< The display name in From of its next calls.
  const sip::OwnedMessage& invite() const { return invite_; }         ///< The last that came.
  /// Of the last INVITE; its values with commas between, empty when it has none.
  std::string header(std::string_view name) const;
  void forget() { has_forgotten_ = true; }  ///< Its call: somebody pulled its plug, and put it in again.
  /// Its TCP connection.
  void connect();
  void disconnect() { stream_.reset(); }
  /// It speaks by connections alone from now on: those that come to its port, and its own where there is none. With `tls`, which
  /// outlives it, what comes speaks TLS.
  void listen(std::uint16_t port, net::TlsContext* tls);
  void stop_listening() { listener_.reset(); }
  std::uint16_t port() const { return sip_->local().port; }
  net::TlsContext* tls() const { return tls_; }
  bool is_server() const { return is_server_; }  ///< Whether it listens so.

  // What it knows.
  int register_status = 0;                          ///< Of the last REGISTER; 0 while it waits.
  std::size_t contacts = 0;                         ///< In its 200.
  std::string invite_credentials, ack_credentials;  ///< Of the last that came.
  bool is_invited = false;                          ///< An INVITE waits for an answer.
  std::string called;                               ///< User part of its Request-URI.
  std::string caller;                               ///< User part of its From.
  std::string caller_name;
  std::string referred_by;  ///< The value of its Referred-By.
  std::string call_info;    ///< And of its Call-Info.
  bool is_cancelled = false;
  std::string cancel_reason;
  int call_status = 0;            ///< The latest response to our INVITE or re-INVITE.
  std::string call_phrase;        ///< And what stands behind it.
  bool is_answered = false;       ///< Our INVITE got its 200, or our 200 its ACK.
  bool is_change_wanted = false;  ///< A re-INVITE waits for accept_change().
  std::string wanted_direction;
  std::string agreed_direction;  ///< In the peer's last description.
  bool is_offer_wanted = false;  ///< A re-INVITE without an offer waits for accept_change().
  bool is_hung_up = false;
  int hang_up_status = 0;  ///< Of the response to our BYE.
  std::string hang_up_reason;
  std::string connected;                  ///< P-Asserted-Identity of the other side, latest.
  sip::Method told_by{};                  ///< What brought it during a call.
  bool is_progress_acknowledged = false;  ///< Our reliable ringing got its PRACK.
  int progress = 0;                       ///< Reliable responses to our INVITE that we acknowledged.
  int refreshes = 0;                      ///< UPDATEs without a description, and INVITEs that say what was said before.
  int transfer_status = 0;                ///< Of our REFER's latest NOTIFY; or the REFER's own refusal.
  int rings = 0;                          ///< 180s that came.
  int forwards = 0;                       ///< And 181s.
  char digit = 0;
  std::map<std::string, int> heard;  ///< Frames by word.
  std::size_t requests_received = 0;
  int connections = 0;                       ///< That came to its port.
  int right_answers = 0, wrong_answers = 0;  ///< Of requests with credentials.

 private:
  void on_datagram(net::UdpSocket& socket, const net::Address& from, std::string_view bytes) override;
  bool on_bytes(std::string_view bytes) override;
  void on_closed() override;
  void on_accept(std::unique_ptr<net::Stream> stream) override;
  std::string_view via_transport() const { return !is_tcp_ ? "UDP" : tls_ == nullptr ? "TCP" : "TLS"; }
  void on_no_ack() override {}
  bool send(const sip::Hop& hop, std::string_view bytes) override;
  void on_cancel(sip::ServerTransaction& transaction, const sip::Message& cancel) override;
  void on_failure(sip::ServerTransaction&, sip::TransactionFailure) override {}
  void on_response(sip::ClientTransaction& transaction, const sip::Message& response) override;
  void on_failure(sip::ClientTransaction& transaction, sip::TransactionFailure) override;

  void receive(std::string_view bytes);
  void receive_request(const sip::Message& request, bool is_ack);
  void receive_invite(const sip::Message& request);
  void receive_update(const sip::Message& request, sip::TransactionId transaction);
  void receive_change(const sip::Message& request, sip::TransactionId transaction);
  void receive_progress(const sip::Message& response);
  void note_connected(const sip::Message& message);
  sip::Dialog& talk() { return dialog_ ? *dialog_ : early_ ? *early_ : *prepared_; }
  void write_abilities(sip::Writer& writer) const;
  void receive_rtp(std::string_view bytes);
  void take_description(std::string_view body);
  std::string description(std::string_view direction);
  void refuse(const sip::Message& incoming, sip::TransactionId transaction, int status);
  bool take_credentials(const sip::Message& request);
  void receive_register(const sip::Message& request);
  void respond(const sip::Message& request, sip::TransactionId transaction, int status, std::string_view body = {});
  std::string fork_response(int status, int number);
  void send_invite(std::string_view authorization);
  void send_register(std::string_view authorization);
  void acknowledge(const sip::Message& response);
  sip::TransactionId request(sip::Method method, std::string_view type, std::string_view body,
                             const std::function<void(sip::Writer&)>& headers = {});
  std::string authorize(const sip::Message& challenge, std::string_view method, std::string_view uri);
  sip::DialogState first_state(const std::string& target_user);
  std::string contact() const;
  std::string uri_of(const std::string& number) const;

  test::SimulatedNetwork network_;
  net::Address host_;
  net::Address server_;
  Account account_;
  std::string shown_;  ///< Empty: its account.
  bool is_tcp_;
  bool is_withheld_ = false;
  bool has_forgotten_ = false;
  bool withholds_acks_ = false;
  std::unique_ptr<net::UdpSocket> sip_;
  std::unique_ptr<net::UdpSocket> rtp_;
  std::unique_ptr<net::Stream> stream_;
  std::unique_ptr<net::StreamListener> listener_;
  net::TlsContext* tls_ = nullptr;
  bool is_server_ = false;  ///< listen() was called.
  sip::StreamFramer framer_;
  sip::Hop hop_;
  sip::TransactionTable transactions_;
  sip::AnswerRetransmitter retransmitter_;
  sip::Hasher hasher_;
  std::optional<sip::Dialog> registration_;
  std::optional<sip::Dialog> prepared_;
  std::optional<sip::Dialog> early_;  ///< Of our INVITE, before its answer.
  std::optional<sip::Dialog> dialog_;
  sip::OwnedMessage invite_;
  sip::TransactionId invited_;
  sip::OwnedMessage change_;  ///< A re-INVITE or UPDATE that waits for accept_change().
  sip::TransactionId changed_;
  sip::TransactionId inviting_;
  std::string own_direction_ = "sendrecv";
  unsigned sdp_version_ = 1;
  unsigned expires_ = 0;
  int tries_ = 0;
  std::set<std::string> abilities_;
  std::string preference_;
  std::string display_;
  std::vector<std::pair<std::string, std::string>> claims_;
  std::string replaces_;  ///< Of the next INVITE.
  std::string target_;    ///< Likewise: its Request-URI, if it is not the number at the domain.
  std::string said_;
  std::string more_;
  std::string redirection_;  ///< The Contact of its 302.
  Challenges challenges_;
  std::string last_nonce_;
  unsigned retry_after_ = 0;
  std::string last_heard_;  ///< The peer's last description.
  bool has_offer_ = true;   ///< Our last INVITE had one.
  std::uint32_t rseq_ = 0;
  int refresh_status_ = 200;
  std::optional<bool> is_engaged_;  ///< Unset: whoever calls is let in, whatever goes on.
  net::Address remote_rtp_{};
  std::uint16_t sequence_ = 0;
};

}  // namespace carillon::flows
