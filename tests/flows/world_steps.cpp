// SPDX-License-Identifier: GPL-3.0-or-later
// The words of flows about the world: carriers, their servers, numbers, and what somebody outside sees of a call.
#include "flows/story.hpp"
#include "store/credentials.hpp"

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

/// Of an address, or of the request itself.
std::string uri_in(const Phone& phone, const std::string& name) {
  if (name == "Request-URI") return phone.invite() ? std::string(phone.invite()->request_uri().text) : std::string();
  const std::string value = phone.header(name);
  const auto address = sip::NameAddr::parse(value);
  return address ? std::string(address->uri.text) : std::string();
}

std::string of_carrier(const std::string& name) {
  return fmt::format("carrier = (SELECT id FROM carriers WHERE name = '{}')", name);
}

}  // namespace

const std::vector<Story::Step>& Story::world_steps() {
  static const std::vector<Step> all = {
      {"carrier NAME", [](Story& s, const Words& w) { s.add_carrier(w[1], {}); }},
      {"carrier NAME is second",
       [](Story& s, const Words& w) {
         s.add_carrier(w[1], {});
         s.set_row("outgoing_routes", "priority", "2", of_carrier(w[1]));
       }},
      {"platform speaks IPv6 to carriers",
       [](Story& s, const Words&) {
         s.platform_.tune = [](roles::Shard::Settings& settings) {
           settings.agent.trunk_addresses = {Platform::trunk_address(), Platform::trunk_address_v6()};
         };
         s.platform_.restart_signalling();
       }},
      {"carrier NAME is second by IPv6",
       [](Story& s, const Words& w) {
         s.platform_.add_server(w[1], s.add_outsider(w[1], true).host().host());
         s.set_row("outgoing_routes", "priority", "2", of_carrier(w[1]));
       }},
      {"NAME is offered media by FAMILY",
       [](Story& s, const Words& w) {
         expect_invite(s, w[0]);
         const std::string_view line = w[5] == "IPv6" ? "c=IN IP6 " : "c=IN IP4 ";
         if (!s.phone(w[0]).invite()->body().contains(line)) throw Disappointment{w[0] + " is offered media of another family"};
       }},
      {"route CARRIER has FIELD VALUE",
       [](Story& s, const Words& w) { s.set_row("outgoing_routes", w[3], w[4], of_carrier(w[1])); }},
      {"server NAME has login USER PASSWORD in REALM",
       [](Story& s, const Words& w) {
         const store::Ha1 ha1 = store::digest_ha1(w[4], w[7], w[5]);
         const std::string its = fmt::format("host = '{}'", s.phone(w[1]).host().host());
         s.set_row("carrier_servers", "username", w[4], its);
         s.set_row("carrier_servers", "realm", w[7], its);
         s.set_row("carrier_servers", "ha1_md5", std::string(ha1.md5.reveal()), its);
         s.phone(w[1]).have_login(w[4], w[5]);
       }},
      {"server NAME speaks TRANSPORT", [](Story& s, const Words& w) { s.speak_by_connections(w[1], w[3]); }},
      {"NAME describes much",
       [](Story& s, const Words& w) { s.phone(w[0]).describe_more("a=x-much:" + std::string(900, 'x') + "\r\n"); }},
      {"NAME takes no connections",
       [](Story& s, const Words& w) {
         s.phone(w[0]).stop_listening();
         s.phone(w[0]).disconnect();
       }},
      {"NAME takes connections again",
       [](Story& s, const Words& w) { s.phone(w[0]).listen(s.phone(w[0]).port(), s.phone(w[0]).tls()); }},
      {"NAME got COUNT connections",
       [](Story& s, const Words& w) {
         const int count = s.phone(w[0]).connections;
         if (count != parse_number(w[2])) throw Disappointment{fmt::format("{} got {} connections", w[0], count)};
       }},
      {"server NAME has FIELD VALUE",
       [](Story& s, const Words& w) {
         s.set_row("carrier_servers", w[3], w[4], fmt::format("host = '{}'", s.phone(w[1]).host().host()));
       }},
      {"dns NAME is ADDRESS", [](Story& s, const Words& w) { s.platform_.names.a(w[1], s.address_of(w[3])); }},
      {"dns NAME moves to ADDRESS",
       [](Story& s, const Words& w) {
         s.platform_.names.remove(w[1], net::DnsType::a);
         s.platform_.names.a(w[1], s.address_of(w[4]));
       }},
      {"dns NAME leads to HOST with priority PRIORITY",
       [](Story& s, const Words& w) { s.platform_.names.srv(w[1], w[4], 5060, static_cast<std::uint16_t>(parse_number(w[7]))); }},
      {"dns NAME hangs", [](Story& s, const Words& w) { s.platform_.names.silent.insert(w[1]); }},
      {"NAME calls NUMBER to replace OTHER", [](Story& s, const Words& w) { s.phone(w[0]).take_over(w[2], s.phone(w[5])); }},
      {"NAME speaks as OTHER", [](Story& s, const Words& w) { s.phone(w[0]).steal(s.phone(w[3])); }},
      {"NAME says nothing ...",
       [](Story& s, const Words& w) {
         s.expect([&] { return s.phone(w[0]).is_invited; }, w[0] + " gets no INVITE", s.within(w));
       }},
      {"NAME tries",
       [](Story& s, const Words& w) {
         expect_invite(s, w[0]);
         s.phone(w[0]).try_on();
       }},
      {"NAME rejects 503 for SECONDS",
       [](Story& s, const Words& w) { s.phone(w[0]).reject_for(static_cast<unsigned>(parse_number(w[4]))); }},
      {"NAME answers without media", [](Story& s, const Words& w) { s.phone(w[0]).answer_without_media(); }},
      {"NAME challenges COUNT METHOD with STATUS in REALM ...",
       [](Story& s, const Words& w) {
         s.phone(w[0]).challenge({.method = sip::method_from(w[3]),
                                  .count = parse_number(w[2]),
                                  .status = parse_number(w[5]),
                                  .realm = w[7],
                                  .is_stale = w.back() == "stale"});
       }},
      {"NAME is acknowledged with credentials",
       [](Story& s, const Words& w) {
         const Phone& phone = s.phone(w[0]);
         s.expect([&] { return !phone.ack_credentials.empty() && phone.ack_credentials == phone.invite_credentials; },
                  fmt::format("{} is acknowledged with '{}'", w[0], phone.ack_credentials), 1s);
       }},
      {"NAME is acknowledged without credentials",
       [](Story& s, const Words& w) {
         if (!s.phone(w[0]).ack_credentials.empty()) throw Disappointment{"with " + s.phone(w[0]).ack_credentials};
       }},
      {"NAME got COUNT right and COUNT wrong answers",
       [](Story& s, const Words& w) {
         const Phone& phone = s.phone(w[0]);
         if (phone.right_answers != parse_number(w[2]) || phone.wrong_answers != parse_number(w[5]))
           throw Disappointment{
               fmt::format("{} got {} right and {} wrong answers", w[0], phone.right_answers, phone.wrong_answers)};
       }},
      {"server NAME of CARRIER", [](Story& s, const Words& w) { s.add_carrier(w[1], w[3]); }},
      {"other company with NAME at NUMBER",
       [](Story& s, const Words& w) {
         s.platform_.add_company(w[3], w[5]);
         s.domains_[w[3]] = "other.example";
       }},
      {"CARRIER is the other brand's too and reads REGEX as REPLACEMENT",
       [](Story& s, const Words& w) { s.platform_.share_source(s.phone(w[0]).host().host(), w[8], w[10]); }},
      {"block PREFIX is BRAND", [](Story& s, const Words& w) { s.platform_.add_block(w[3].substr(0, w[3].find('\'')), w[1]); }},
      {"pbx NAME",
       [](Story& s, const Words& w) {
         s.platform_.add_pbx(w[1]);
         s.add_phone(w[1]);
         s.register_phone(w[1], 3600, 200);
       }},
      {"unregistered pbx NAME",
       [](Story& s, const Words& w) {
         s.platform_.add_pbx(w[2]);
         s.add_phone(w[2]);
       }},
      {"numbers REGEX are behind NAME",
       [](Story& s, const Words& w) {
         const std::string sql = fmt::format(
             "INSERT INTO terminal_patterns SELECT (SELECT count(*) + 1 FROM terminal_patterns), brand, customer, id, '{}', '' "
             "FROM terminals WHERE name = '{}'",
             w[1], w[4]);
         if (!s.platform_.execute(sql)) throw Disappointment{"no such pbx"};
       }},
      {"company has number NUMBER for NAME",
       [](Story& s, const Words& w) {
         const std::string sql = fmt::format(
             "INSERT INTO ddis SELECT (SELECT count(*) + 6000 FROM ddis), brand, customer, '{}', 'ES', NULL, '', id, '', 'es', "
             "'none', 0 FROM terminals WHERE name = '{}'",
             w[3], w[5]);
         if (!s.platform_.execute(sql)) throw Disappointment{"no such terminal"};
       }},
      {"NAME is trusted where it is",
       [](Story& s, const Words& w) {
         const std::string sql = fmt::format(
             "INSERT INTO terminal_sources SELECT (SELECT count(*) + 1 FROM terminal_sources), brand, customer, id, '{}', 'any', "
             "'', '' FROM terminals WHERE name = '{}'",
             s.phone(w[0]).host().host(), w[0]);
         if (!s.platform_.execute(sql)) throw Disappointment{"no such pbx"};
       }},
      {"retail account NAME at NUMBER",
       [](Story& s, const Words& w) {
         s.platform_.add_retail_account(w[2], w[4]);
         s.domains_[w[2]] = "brand.example";
         s.add_phone(w[2]);
         s.register_phone(w[2], 3600, 200);
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
      {"NAME withholds its number", [](Story& s, const Words& w) { s.phone(w[0]).withhold(true); }},
      {"NAME shows its number", [](Story& s, const Words& w) { s.phone(w[0]).withhold(false); }},
      {"NAME is not called",
       [](Story& s, const Words& w) {
         if (s.phone(w[0]).is_invited) throw Disappointment{w[0] + " is called"};
       }},
      {"NAME is asked for URI",
       [](Story& s, const Words& w) {
         expect_invite(s, w[0]);
         if (const std::string uri(s.phone(w[0]).invite()->request_uri_text()); uri != w[4])
           throw Disappointment{fmt::format("{} is asked for {}", w[0], uri)};
       }},
      {"NAME is shown ...",
       [](Story& s, const Words& w) {
         const std::string& phrase = s.phone(w[0]).call_phrase;
         if (phrase != rest_of(w, 3)) throw Disappointment{fmt::format("{} is shown '{}'", w[0], phrase)};
       }},
      {"NAME forwards", [](Story& s, const Words& w) { s.phone(w[0]).forward(); }},
      {"NAME heard of COUNT forwards",
       [](Story& s, const Words& w) {
         const int count = s.phone(w[0]).forwards;
         if (count != parse_number(w[3])) throw Disappointment{fmt::format("{} heard of {} forwards", w[0], count)};
       }},
      {"NAME claims nothing", [](Story& s, const Words& w) { s.phone(w[0]).claim_nothing(); }},
      {"NAME claims HEADER ...", [](Story& s, const Words& w) { s.phone(w[0]).claim(w[2], rest_of(w, 3)); }},
      {"NAME reads address of HEADER URI",
       [](Story& s, const Words& w) {
         if (const std::string text = uri_in(s.phone(w[0]), w[4]); text != w[5])
           throw Disappointment{fmt::format("{} reads '{}'", w[0], text)};
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
      {"NAME got at most COUNT requests",
       [](Story& s, const Words& w) {
         const std::size_t count = s.phone(w[0]).requests_received;
         if (count > static_cast<std::size_t>(parse_number(w[4])))
           throw Disappointment{fmt::format("{} got {} requests", w[0], count)};
       }},
      {"NAME got COUNT requests",
       [](Story& s, const Words& w) {
         const std::size_t count = s.phone(w[0]).requests_received;
         if (count != static_cast<std::size_t>(parse_number(w[2])))
           throw Disappointment{fmt::format("{} got {} requests", w[0], count)};
       }},
      {"plan PLAN has price PREFIX", [](Story& s, const Words& w) { s.platform_.add_price(w[1], w[4]); }},
      {"plan PLAN is the company's with metric METRIC",
       [](Story& s, const Words& w) { s.platform_.assign_plan(w[1], parse_number(w[7])); }},
      {"company has no prices", [](Story& s, const Words&) { s.platform_.execute("DELETE FROM plan_assignments"); }},
      {"its story says ...",
       [](Story& s, const Words& w) {
         const auto calls = s.platform_.journal.ended_calls();
         const std::string text = calls.empty() ? "" : calls.back().ended.decisions;
         if (!text.contains(rest_of(w, 3))) throw Disappointment{fmt::format("its story is: {}", text)};
       }},
      {"row ...",
       [](Story& s, const Words& w) {
         if (!s.platform_.execute(rest_of(w, 1))) throw Disappointment{"the database does not take that"};
       }},
  };
  return all;
}

}  // namespace carillon::flows
