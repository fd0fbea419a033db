// SPDX-License-Identifier: GPL-3.0-or-later
// One filled record of each kind.
#pragma once

#include "journal/records.hpp"

namespace carillon::journal {

inline Instant instant_at(std::int64_t seconds) {
  return Instant(std::chrono::seconds(seconds));
}

inline Setup setup_of(std::uint64_t number) {
  Setup setup;
  setup.call = {1, number};
  setup.brand = 11;
  setup.customer = 22;
  setup.sip_call_id = "a84b4c76e66710@pc33.atlanta.com";
  setup.started_at = instant_at(1'700'000'000);
  setup.direction = Direction::outbound;
  setup.caller = "101";
  setup.callee = "102";
  setup.caller_user = 33;
  setup.linked_call = {1, 2};
  setup.link_reason = LinkReason::transfer;
  setup.price = "plan 7";
  return setup;
}

inline Dialog dialog_of(std::uint64_t number, std::uint32_t leg) {
  Dialog dialog;
  dialog.call = {1, number};
  dialog.side = Side::callee;
  dialog.leg = leg;
  dialog.call_id = "call";
  dialog.local_tag = "here";
  dialog.remote_tag = "there";
  dialog.local_cseq = 4;
  dialog.remote_cseq = 5;
  dialog.route_set = {"<sip:p1.example;lr>", "<sip:p2.example;lr>"};
  dialog.remote_target = "sip:bob@192.0.2.4";
  dialog.flow = "udp 0 192.0.2.1:5060 192.0.2.4:5060";
  dialog.local_sdp = "v=0\r\n";
  dialog.remote_sdp = "v=0\r\no=- 1 1 IN IP4 192.0.2.4\r\n";
  dialog.sdp_version = 3;
  dialog.on_hold = dialog.is_held = true;
  dialog.media_ports = {13000, 13001};
  dialog.lease = 9;
  return dialog;
}

inline Answered answered_of(std::uint64_t number) {
  return {{1, number}, instant_at(1'700'000'005), 44, "103", {.boot = 7, .microseconds = 5'000'000}};
}

inline Ended ended_of(std::uint64_t number) {
  Ended ended;
  ended.call = {1, number};
  ended.at = instant_at(1'700'000'065);
  ended.duration = std::chrono::milliseconds(60'123);
  ended.status = Status::busy;
  ended.sip_code = 486;
  ended.attempts = {{"102", "sip:bob@192.0.2.4", instant_at(1'700'000'001), instant_at(1'700'000'065), 486}, {}};
  ended.decisions = "extension: 102\n";
  ended.broken = ended.unheard = true;
  ended.limit = Limit::customer;
  return ended;
}

inline std::vector<Record> one_of_each() {
  return {setup_of(7),    Reserved{{1, 7}, 5, 160'000},           dialog_of(7, 1),
          answered_of(7), Alive{instant_at(9), {{1, 7}, {1, 8}}}, ended_of(7)};
}

inline Registration registration_of(std::int64_t terminal) {
  Registration registration;
  registration.customer = 22;
  registration.terminal = terminal;
  registration.contact = "sip:alice@192.0.2.7:5060;ob";
  registration.instance = "<urn:uuid:00000000-0000-1000-8000-AABBCCDDEEFF>";
  registration.reg_id = 1;
  registration.call_id = "reg";
  registration.cseq = 12;
  registration.flow = "udp 0 192.0.2.1:5060 192.0.2.7:5060";
  registration.path = {"<sip:edge.example;lr>"};
  registration.user_agent = "phone 1.0";
  registration.registered_at = instant_at(1);
  registration.expires_at = instant_at(3601);
  return registration;
}

}  // namespace carillon::journal
