// SPDX-License-Identifier: GPL-3.0-or-later
// Goal: requests in a dialog go where RFC 3261 §12 wants them and carry what it wants, whichever side began, through forks and
// restarts.
#include "sip/dialog.hpp"

#include "base/assert.hpp"
#include "sip/dialog_answer.hpp"
#include "sip/dialog_table.hpp"
#include "sip/transaction_wire.hpp"
#include "support/virtual_loop.hpp"

namespace carillon::sip {
namespace {

constexpr RequestVia via = {"UDP", "192.0.2.9:5060", "z9hG4bKours"};

/// What begin_request() makes, as the peer reads it.
class Made {
 public:
  Made(Dialog& dialog, Method method) {
    Writer writer(bytes_);
    dialog.begin_request(writer, method, via);
    writer.end();
    auto parsed = Message::parse(bytes_);
    if (!parsed) throw std::runtime_error(bytes_);
    message_ = OwnedMessage(*parsed);
  }
  const Message* operator->() const { return &*message_; }
  const Message& operator*() const { return *message_; }
  const std::string& bytes() const { return bytes_; }
  std::vector<std::string> routes() const {
    std::vector<std::string> all;
    for (std::string_view route : message_->values(HeaderId::route)) all.emplace_back(route);
    return all;
  }

 private:
  std::string bytes_;
  OwnedMessage message_;
};

Dialog dialog_of(const std::string& invite_bytes) {
  const auto invite = Message::parse(invite_bytes);
  EXPECT_TRUE(invite);
  auto dialog = Dialog::from_request(*invite, "our-tag", "sip:192.0.2.9:5060");
  if (!dialog) throw std::runtime_error(dialog.error().what);
  return std::move(*dialog);
}

TestRequest invite_with(std::string headers) {
  TestRequest invite;
  invite.extra = std::move(headers);
  return invite;
}
const std::string contact = "Contact: <sip:alice@192.0.2.1:40000;transport=udp>\r\n";

Dialog prepared() {
  DialogState state;
  state.call_id = "our-call";
  state.local_tag = "our-tag";
  state.local_address = "\"Alice\" <sip:alice@example.com>";
  state.remote_address = "<sip:bob@example.com>";
  state.local_contact = "sip:192.0.2.9:5060";
  state.remote_target = "sip:bob@192.0.2.2:5062";
  state.local_cseq = 100;
  return Dialog::prepare(state);
}

/// A response to a request of ours.
class Reply {
 public:
  Reply(const std::string& request, int status, std::string_view tag, std::string_view headers = {})
      : bytes_(make_response(request, status, tag, headers)) {
    auto parsed = Message::parse(bytes_);
    if (!parsed) throw std::runtime_error(bytes_);
    message_ = OwnedMessage(*parsed);
  }
  const Message& operator*() const { return *message_; }

 private:
  std::string bytes_;
  OwnedMessage message_;
};

TEST(Dialog, BeginsWithTheirInvite) {
  TestRequest invite = invite_with(contact + "Record-Route: <sip:p1.example.com;lr>, <sip:p2.example.com;lr;x=1>\r\n");
  invite.cseq = 314;
  Dialog dialog = dialog_of(invite.bytes());
  EXPECT_FALSE(dialog.is_initiator());
  EXPECT_FALSE(dialog.is_confirmed());
  dialog.confirm();
  EXPECT_TRUE(dialog.is_confirmed());
  EXPECT_EQ(dialog.next_hop(), "sip:p1.example.com;lr");
  const Made bye(dialog, Method::bye);
  EXPECT_EQ(bye->request_uri_text(), "sip:alice@192.0.2.1:40000;transport=udp");
  EXPECT_EQ(bye.routes(), (std::vector<std::string>{"<sip:p1.example.com;lr>", "<sip:p2.example.com;lr;x=1>"}));
  EXPECT_EQ(bye->first(HeaderId::from), "<sip:bob@example.com>;tag=our-tag");
  EXPECT_EQ(bye->first(HeaderId::to), "\"Alice\" <sip:alice@example.com>;tag=alice-tag");
  EXPECT_EQ(bye->call_id(), "call-1");
  EXPECT_EQ(bye->cseq_number(), 1U) << "our numbers are our own";
  EXPECT_EQ(bye->via().branch, via.branch);
  EXPECT_EQ(bye->max_forwards(), 70);
  EXPECT_FALSE(bye->has(HeaderId::contact));
  EXPECT_EQ(Made(dialog, Method::bye)->cseq_number(), 2U);
}

TEST(Dialog, BeginsWithOurInvite) {
  Dialog call = prepared();
  const Made invite(call, Method::invite);
  EXPECT_EQ(invite->request_uri_text(), "sip:bob@192.0.2.2:5062");
  EXPECT_EQ(invite->cseq_number(), 101U);
  EXPECT_EQ(invite->to_tag(), "");
  EXPECT_EQ(invite->first(HeaderId::contact), "<sip:192.0.2.9:5060>");
  const Reply success(invite.bytes(), 200, "bob-tag",
                      "Record-Route: <sip:near.example.com;lr>, <sip:far.example.com;lr>\r\n"
                      "Contact: <sip:bob@192.0.2.2:9;ob?Subject=x>\r\n");
  auto dialog = call.from_response(*success);
  ASSERT_TRUE(dialog);
  EXPECT_TRUE(dialog->is_confirmed());
  EXPECT_TRUE(dialog->is_initiator());
  EXPECT_EQ(dialog->remote_tag(), "bob-tag");
  const Made ack(*dialog, Method::ack);
  EXPECT_EQ(ack->cseq_number(), 101U) << "the INVITE's";
  EXPECT_EQ(ack->request_uri_text(), "sip:bob@192.0.2.2:9;ob") << "a Contact's headers stay behind";
  EXPECT_EQ(ack.routes(), (std::vector<std::string>{"<sip:far.example.com;lr>", "<sip:near.example.com;lr>"})) << "reversed";
  EXPECT_EQ(ack->to_tag(), "bob-tag");
  EXPECT_FALSE(ack->has(HeaderId::contact));
  EXPECT_EQ(Made(*dialog, Method::bye)->cseq_number(), 102U);
}

TEST(Dialog, GoesThroughStrictRouters) {
  // RFC 3261 §12.2.1.1.
  Dialog dialog =
      dialog_of(invite_with(contact + "Record-Route: <sip:old.example.com>\r\nRecord-Route: <sip:new;lr>\r\n").bytes());
  const Made bye(dialog, Method::bye);
  EXPECT_EQ(bye->request_uri_text(), "sip:old.example.com");
  EXPECT_EQ(bye.routes(), (std::vector<std::string>{"<sip:new;lr>", "<sip:alice@192.0.2.1:40000;transport=udp>"}));
  EXPECT_EQ(dialog.next_hop(), "sip:old.example.com");
}

TEST(Dialog, WritesNoHeadersIntoItsRequestUri) {
  // RFC 3261 §19.1.1, table 1: a URI may bring some along, and a Request-URI has none.
  Dialog dialog = dialog_of(invite_with(contact + "Record-Route: <sip:old.example.com;x=1?Subject=a%20b>\r\n").bytes());
  EXPECT_EQ(Made(dialog, Method::bye)->request_uri_text(), "sip:old.example.com;x=1");
  DialogState state;
  state.call_id = "c";
  state.local_tag = "l";
  state.local_address = "<sip:a@example.com>";
  state.remote_address = "<sip:b@example.com>";
  state.local_contact = "sip:a@192.0.2.1";
  state.remote_target = "sip:b?ob@192.0.2.9?Subject=x";  // As a device registered it; the first mark is part of the user.
  Dialog prepared = Dialog::prepare(state);
  EXPECT_EQ(Made(prepared, Method::invite)->request_uri_text(), "sip:b?ob@192.0.2.9");
}

TEST(Dialog, KeepsAddressesAsTheyWereWritten) {
  const struct {
    std::string_view from, to_header;
  } cases[] = {
      {"sip:a@b;tag=1", "sip:a@b;tag=1"},
      {"sip:a@b;user=phone;TAG=1;x=\";tag=2\"", "sip:a@b;user=phone;x=\";tag=2\";tag=1"},
      {"\"x;tag=9\" <sip:a@b;tag=8>;tag=1;y", "\"x;tag=9\" <sip:a@b;tag=8>;y;tag=1"},
      {"<tel:+34600>;tag=1", "<tel:+34600>;tag=1"},
  };
  for (const auto& c : cases) {
    std::string bytes = invite_with(contact).bytes();
    const std::string_view usual = "\"Alice\" <sip:alice@example.com>;tag=alice-tag";
    bytes.replace(bytes.find(usual), usual.size(), c.from);
    Dialog dialog = dialog_of(bytes);
    const Made bye(dialog, Method::bye);
    EXPECT_EQ(bye->first(HeaderId::to), c.to_header);
    EXPECT_EQ(bye->to_tag(), "1");
  }
}

TEST(Dialog, RefusesWhatItCannotTalkTo) {
  std::string many;
  for (int i = 0; i < 17; ++i) many += "Record-Route: <sip:p;lr>\r\n";
  const struct {
    std::string headers;
    DialogFault fault;
  } cases[] = {
      {"", DialogFault::no_contact},
      {"Contact: *\r\n", DialogFault::no_contact},
      {"Contact: <mailto:alice@example.com>\r\n", DialogFault::no_contact},
      {contact + "Record-Route: <tel:1>\r\n", DialogFault::bad_route},
      {contact + "Record-Route: <sip:\r\n", DialogFault::bad_route},
      {contact + many, DialogFault::bad_route},
  };
  for (const auto& c : cases) {
    const std::string bytes = invite_with(c.headers).bytes();
    const auto invite = Message::parse(bytes);
    ASSERT_TRUE(invite) << bytes;
    const auto dialog = Dialog::from_request(*invite, "our-tag", "sip:us");
    ASSERT_FALSE(dialog) << c.headers;
    EXPECT_TRUE(dialog.error().is(c.fault)) << c.headers;
  }
}

TEST(Dialog, EachBranchOfAForkIsItsOwn) {
  Dialog call = prepared();
  const Made invite(call, Method::invite);
  auto first = call.from_response(*Reply(invite.bytes(), 180, "tag-a", "Contact: <sip:bob@192.0.2.11>\r\n"));
  auto second = call.from_response(*Reply(invite.bytes(), 183, "tag-b", "Contact: <sip:bob@192.0.2.12>\r\n"));
  ASSERT_TRUE(first && second);
  EXPECT_FALSE(first->is_confirmed());
  EXPECT_EQ(first->next_hop(), "sip:bob@192.0.2.11");
  EXPECT_EQ(second->next_hop(), "sip:bob@192.0.2.12");
  const Reply success(invite.bytes(), 200, "tag-b",
                      "Record-Route: <sip:late.example.com;lr>\r\nContact: <sip:bob@192.0.2.13>\r\n");
  EXPECT_FALSE(first->matches(*success));
  ASSERT_TRUE(second->matches(*success));
  ASSERT_TRUE(second->confirm(*success));
  EXPECT_EQ(second->next_hop(), "sip:late.example.com;lr") << "the 2xx has the last word on the route";
  EXPECT_EQ(Made(*second, Method::ack)->request_uri_text(), "sip:bob@192.0.2.13");
}

TEST(Dialog, TakesOnlyResponsesThatMakeOne) {
  Dialog call = prepared();
  const Made invite(call, Method::invite);
  const struct {
    int status;
    std::string_view tag;
    DialogFault fault;
  } cases[] = {{100, "", DialogFault::no_tag}, {180, "", DialogFault::no_tag}, {486, "t", DialogFault::foreign}};
  for (const auto& c : cases) {
    const auto dialog = call.from_response(*Reply(invite.bytes(), c.status, c.tag));
    ASSERT_FALSE(dialog) << c.status;
    EXPECT_TRUE(dialog.error().is(c.fault)) << c.status;
  }
  EXPECT_TRUE(call.from_response(*Reply(invite.bytes(), 200, ""))) << "RFC 2543: no tag";
  EXPECT_EQ(call.from_response(*Reply(invite.bytes(), 200, "t"))->next_hop(), "sip:bob@192.0.2.2:5062") << "no Contact";
  TestRequest foreign;
  EXPECT_TRUE(call.from_response(*Reply(foreign.bytes(), 200, "t")).error().is(DialogFault::foreign));
}

TEST(Dialog, RepeatsItsInviteWithANewNumber) {
  Dialog call = prepared();
  Made(call, Method::invite);
  const Made again(call, Method::invite);
  EXPECT_EQ(again->cseq_number(), 102U);
  auto dialog = call.from_response(*Reply(again.bytes(), 200, "bob-tag"));
  EXPECT_EQ(Made(*dialog, Method::ack)->cseq_number(), 102U);
}

TEST(Dialog, JudgesNumbers) {
  TestRequest invite = invite_with(contact);
  invite.cseq = 10;
  Dialog dialog = dialog_of(invite.bytes());
  const struct {
    std::string_view method;
    std::uint32_t number;
    RequestCheck check;
  } cases[] = {
      {"ACK", 10, RequestCheck::ok},
      {"ACK", 9, RequestCheck::stray_ack},
      {"INVITE", 10, RequestCheck::out_of_order},
      {"INFO", 9, RequestCheck::out_of_order},
      {"INFO", 11, RequestCheck::ok},
      {"ACK", 10, RequestCheck::ok},
      {"INVITE", 500, RequestCheck::ok},
      {"ACK", 10, RequestCheck::stray_ack},
      {"ACK", 500, RequestCheck::ok},
      {"BYE", 499, RequestCheck::out_of_order},
      {"BYE", 2147483647, RequestCheck::ok},
      {"BYE", 501, RequestCheck::out_of_order},
  };
  for (const auto& c : cases) {
    TestRequest request;
    request.method = c.method;
    request.cseq = c.number;
    request.to_tag = "our-tag";
    const std::string bytes = request.bytes();
    const auto message = Message::parse(bytes);
    ASSERT_TRUE(message);
    EXPECT_TRUE(dialog.matches(*message));
    EXPECT_EQ(dialog.check_request(*message), c.check) << c.method << " " << c.number;
  }
  Dialog ours = prepared();
  const Made sent(ours, Method::invite);
  auto confirmed = ours.from_response(*Reply(sent.bytes(), 200, "bob-tag"));
  TestRequest first;
  first.method = "BYE";
  first.cseq = 0;
  const std::string bytes = first.bytes();
  EXPECT_EQ(confirmed->check_request(*Message::parse(bytes)), RequestCheck::ok) << "any number is a beginning";
}

TEST(Dialog, RefreshesItsTargetWhenTold) {
  Dialog dialog = dialog_of(invite_with(contact).bytes());
  TestRequest moved = invite_with("Contact: <sip:alice@192.0.2.50>\r\n");
  moved.cseq = 2;
  const std::string bytes = moved.bytes();
  const auto message = Message::parse(bytes);
  dialog.check_request(*message);
  EXPECT_EQ(dialog.next_hop(), "sip:alice@192.0.2.1:40000;transport=udp") << "not before it succeeded";
  dialog.refresh_target(*message);
  EXPECT_EQ(dialog.next_hop(), "sip:alice@192.0.2.50");
  const std::string silent = TestRequest().bytes();
  dialog.refresh_target(*Message::parse(silent));
  EXPECT_EQ(dialog.next_hop(), "sip:alice@192.0.2.50");
}

TEST(Dialog, FindsTheAckToSendAgain) {
  Dialog call = prepared();
  const Made invite(call, Method::invite);
  const Reply success(invite.bytes(), 200, "bob-tag");
  auto dialog = call.from_response(*success);
  EXPECT_EQ(dialog->find_ack(*success), "");
  const Made ack(*dialog, Method::ack);
  dialog->keep_ack(ack.bytes());
  EXPECT_EQ(dialog->find_ack(*success), ack.bytes());
  EXPECT_EQ(dialog->find_ack(*Reply(invite.bytes(), 200, "other")), "") << "another branch";
  const Made again(*dialog, Method::invite);
  EXPECT_EQ(dialog->find_ack(*success), ack.bytes()) << "also while a re-INVITE is out";
  EXPECT_EQ(dialog->find_ack(*Reply(again.bytes(), 200, "bob-tag")), "") << "that one needs its own";
}

TEST(Dialog, SurvivesARestart) {
  Dialog dialog = dialog_of(invite_with(contact + "Record-Route: <sip:p;lr>\r\n").bytes());
  dialog.confirm();
  Made(dialog, Method::info);
  Dialog restored = Dialog::restore(dialog.state(), dialog.is_initiator());
  EXPECT_EQ(restored.state(), dialog.state());
  EXPECT_EQ(Made(restored, Method::bye).bytes(), Made(dialog, Method::bye).bytes());
}

TEST(Dialog, RunsOutOfNumbersLoudly) {
  DialogState state = prepared().state();
  state.local_cseq = 0x7fffffff;
  Dialog dialog = Dialog::restore(state, true);
  std::string bytes;
  Writer writer(bytes);
  EXPECT_THROW(dialog.begin_request(writer, Method::bye, via), Broken);
  EXPECT_THROW(dialog.begin_request(writer, Method::ack, via), Broken) << "no INVITE was sent";
  EXPECT_THROW(dialog.begin_request(writer, Method::cancel, via), Broken) << "that is the transaction's";
}

TEST(Dialog, KnowsWhatAFailureDestroys) {
  // RFC 5057 §5.1.
  const struct {
    int status;
    Damage damage;
  } cases[] = {{302, Damage::none},   {401, Damage::none}, {404, Damage::dialog}, {408, Damage::usage},
               {481, Damage::usage},  {486, Damage::none}, {488, Damage::none},   {491, Damage::none},
               {482, Damage::dialog}, {500, Damage::none}, {501, Damage::usage},  {503, Damage::none},
               {604, Damage::dialog}, {603, Damage::none}, {480, Damage::usage},  {410, Damage::dialog}};
  for (const auto& c : cases) EXPECT_EQ(damage_of(c.status), c.damage) << c.status;
}

TEST(Dialog, WaitsByRoleAfterGlare) {
  for (std::uint64_t random : {std::uint64_t{0}, std::uint64_t{190}, std::uint64_t{200}, ~std::uint64_t{0}}) {
    EXPECT_GE(glare_delay(true, random), 2100ms);
    EXPECT_LE(glare_delay(true, random), 4s);
    EXPECT_GE(glare_delay(false, random), 0s);
    EXPECT_LE(glare_delay(false, random), 2s);
  }
}

struct Owner final : DialogTable::Owner {
  void on_request(Dialog&, ServerTransaction&, const Message&) override {}
  void on_ack(Dialog&, const Message&) override {}
};

TEST(DialogTable, FindsByIdentifiers) {
  DialogTable table(3);
  Owner owner;
  Dialog call = prepared();
  const Made invite(call, Method::invite);
  Dialog first = *call.from_response(*Reply(invite.bytes(), 180, "tag-a"));
  Dialog second = *call.from_response(*Reply(invite.bytes(), 180, "tag-b"));
  ASSERT_TRUE(table.add(first, owner));
  ASSERT_TRUE(table.add(second, owner));
  EXPECT_EQ(table.find("our-call", "our-tag", "tag-a").dialog, &first);
  EXPECT_EQ(table.find("our-call", "our-tag", "tag-b").dialog, &second);
  EXPECT_EQ(table.find("our-call", "our-tag", "tag-b").owner, &owner);
  EXPECT_FALSE(table.find("our-call", "our-tag", ""));
  EXPECT_FALSE(table.find("our-call", "tag-a", "our-tag"));
  EXPECT_FALSE(table.find("other-call", "our-tag", "tag-a"));
  TestRequest bye;
  bye.method = "BYE";
  bye.call_id = "our-call";
  bye.from_tag = "tag-b";
  bye.to_tag = "our-tag";
  const std::string bytes = bye.bytes();
  EXPECT_EQ(table.find(*Message::parse(bytes)).dialog, &second);
  EXPECT_EQ(table.find(*Reply(invite.bytes(), 200, "tag-a")).dialog, &first);
  Dialog third = *call.from_response(*Reply(invite.bytes(), 180, "tag-c"));
  Dialog fourth = *call.from_response(*Reply(invite.bytes(), 180, "tag-d"));
  EXPECT_TRUE(table.add(third, owner));
  EXPECT_FALSE(table.add(fourth, owner)) << "full";
  table.remove(second);
  table.remove(second);
  EXPECT_EQ(table.size(), 2U);
  EXPECT_FALSE(table.find("our-call", "our-tag", "tag-b"));
  EXPECT_EQ(table.find("our-call", "our-tag", "tag-a").dialog, &first);
}

struct NoAck final : AnswerRetransmitter::Listener {
  void on_no_ack() override { ++count; }
  int count = 0;
};

class DialogAnswer : public testing::TestWithParam<bool> {
 protected:
  test::VirtualLoop loop_;
  Wire wire_{loop_};
  TransactionTable table_{loop_, wire_};
  NoAck no_ack_;
  AnswerRetransmitter answer_{loop_, table_, no_ack_};
  const std::string invite_ = TestRequest().bytes();
  const std::string success_ = make_response(invite_, 200);
  TransactionId accept() { return (*table_.accept(*Message::parse(invite_), make_hop(1, GetParam())))->id(); }
};

// RFC 3261 §13.3.1.4: the same over UDP and over streams.
INSTANTIATE_TEST_SUITE_P(Transports, DialogAnswer, testing::Bool(),
                         [](const auto& info) { return info.param ? "Stream" : "Datagram"; });

TEST_P(DialogAnswer, IsRepeatedUntilGivenUp) {
  ASSERT_TRUE(answer_.start(accept(), 200, success_));
  loop_.run_for(40s);
  EXPECT_EQ(wire_.times(), (std::vector<std::int64_t>{0, 500, 1500, 3500, 7500, 11500, 15500, 19500, 23500, 27500, 31500}));
  EXPECT_EQ(no_ack_.count, 1);
  EXPECT_FALSE(answer_.is_waiting());
}

TEST_P(DialogAnswer, StopsAtTheAck) {
  ASSERT_TRUE(answer_.start(accept(), 200, success_));
  loop_.run_for(1s);
  answer_.stop();
  loop_.run_for(40s);
  EXPECT_EQ(wire_.sent.size(), 2U);
  EXPECT_EQ(no_ack_.count, 0);
}

TEST_P(DialogAnswer, DoesNotStartTooLate) {
  const TransactionId refused = accept();
  table_.respond(refused, 487, make_response(invite_, 487));
  EXPECT_FALSE(answer_.start(refused, 200, success_));
  EXPECT_FALSE(answer_.start({}, 200, success_));
  EXPECT_FALSE(answer_.is_waiting());
}

}  // namespace
}  // namespace carillon::sip
