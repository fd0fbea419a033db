// SPDX-License-Identifier: GPL-3.0-or-later
// The words of flows about the world: carriers, their servers, numbers, and what somebody outside sees of a call.
#include "flows/story.hpp"

namespace carillon::flows {

namespace {

std::string rest_of(const Words& words, std::size_t from) {
  std::string rest;
  for (std::size_t i = from; i < words.size(); ++i) rest += (rest.empty() ? "" : " ") + words[i];
  return rest;
}

void expect_invite(Story& story, const std::string& name) {
  story.expect([&] { return story.phone(name).is_invited; }, name + " gets no INVITE", story.patience_);
}

}  // namespace

const std::vector<Story::Step>& Story::world_steps() {
  static const std::vector<Step> all = {
      {"carrier NAME", [](Story& s, const Words& w) { s.add_carrier(w[1], {}); }},
      {"server NAME of CARRIER", [](Story& s, const Words& w) { s.add_carrier(w[1], w[3]); }},
      {"other company with NAME at NUMBER",
       [](Story& s, const Words& w) {
         s.platform_.add_company(w[3], w[5]);
         s.domains_[w[3]] = "other.example";
       }},
      {"stranger NAME", [](Story& s, const Words& w) { s.add_outsider(w[1]); }},
      {"NAME calls NUMBER as OTHER",
       [](Story& s, const Words& w) {
         s.phone(w[0]).be_known_as(w[4]);
         s.phone(w[0]).call(w[2]);
       }},
      {"NAME is called NUMBER by CALLER",
       [](Story& s, const Words& w) {
         expect_invite(s, w[0]);
         const Phone& phone = s.phone(w[0]);
         if (phone.called != w[3] || phone.caller != w[5])
           throw Disappointment{fmt::format("{} is called {} by {}", w[0], phone.called, phone.caller)};
       }},
      {"NAME is not called",
       [](Story& s, const Words& w) {
         if (s.phone(w[0]).is_invited) throw Disappointment{w[0] + " is called"};
       }},
      {"NAME reads no HEADER",
       [](Story& s, const Words& w) {
         if (const std::string text = s.phone(w[0]).header(w[3]); !text.empty())
           throw Disappointment{fmt::format("{} reads {}", w[0], text)};
       }},
      {"NAME reads HEADER ...",
       [](Story& s, const Words& w) {
         const std::string text = s.phone(w[0]).header(w[2]);
         if (text != rest_of(w, 3)) throw Disappointment{fmt::format("{} reads '{}'", w[0], text)};
       }},
      {"NAME got COUNT requests",
       [](Story& s, const Words& w) {
         const std::size_t count = s.phone(w[0]).requests_received;
         if (count != static_cast<std::size_t>(parse_number(w[2])))
           throw Disappointment{fmt::format("{} got {} requests", w[0], count)};
       }},
      {"row ...",
       [](Story& s, const Words& w) {
         if (!s.platform_.execute(rest_of(w, 1))) throw Disappointment{"the database does not take that"};
       }},
  };
  return all;
}

}  // namespace carillon::flows
