// SPDX-License-Identifier: GPL-3.0-or-later
// The words of flows about accounts of ours at carriers, and what their registrars see.
#include "flows/story.hpp"
#include "store/credentials.hpp"

namespace carillon::flows {

namespace {

Phone::Registrar& registrar_of(Story& story, const std::string& name) {
  return story.phone(name).registrar;
}

/// How we are called at a registrar that speaks so.
std::string contact_of(const Phone& registrar, const std::string& user) {
  net::Address at = Platform::trunk_address();
  if (registrar.tls() != nullptr) at.port = Platform::trunk_tls_port;
  const std::string_view transport = registrar.tls() != nullptr ? ";transport=tls"
                                     : registrar.is_server()    ? ";transport=tcp"
                                                                : "";
  return fmt::format("sip:at-{}@{}{}", user, at.to_string(), transport);
}

/// registration USER is STATE [with CODE] [within TIME]
void expect_registration(Story& story, const Words& words) {
  constexpr std::string_view phases[] = {"off", "trying", "registered", "failed"};
  const bool has_code = words.size() > 5 && words[4] == "with";
  const auto text = [&] {
    const trunk::RegistrationState state = story.platform_.registration(words[1]);
    std::string said(phases[static_cast<std::size_t>(state.phase)]);
    return has_code ? fmt::format("{} with {}", said, state.last_code) : said;
  };
  const std::string wanted = has_code ? fmt::format("{} with {}", words[3], words[5]) : words[3];
  story.expect([&] { return text() == wanted; }, fmt::format("the registration is not {}", wanted), story.within(words));
  if ((story.platform_.registration(words[1]).expires_at != Instant{}) && words[3] == "off")
    throw Disappointment{"what is off does not expire"};
}

/// credentials USER PASSWORD at NAME in REALM [for ACCOUNT]: with which a carrier knows the company, or one telephone.
void add_credentials(Story& story, const Words& words) {
  const std::string& user = words[1];
  const bool has_terminal = words.size() > 7;
  const store::Ha1 ha1 = store::digest_ha1(user, words[6], words[2]);
  const std::string terminal =
      has_terminal ? fmt::format("(SELECT id FROM terminals WHERE name = '{}')", words[8]) : std::string("NULL");
  const std::string sql = fmt::format(
      "INSERT INTO carrier_credentials (id, brand, carrier, customer, terminal, username, realm, ha1_md5, ha1_sha256) "
      "SELECT (SELECT count(*) + 7000 FROM carrier_credentials), carriers.brand, carriers.id, customers.id, {}, '{}', '{}', "
      "'{}', "
      "'{}' FROM carriers, customers WHERE carriers.name = '{}' AND customers.name = 'DemoCompany'",
      terminal, user, words[6], ha1.md5.reveal(), ha1.sha256.reveal(), words[4]);
  if (!story.platform_.execute(sql)) throw Disappointment{"no such carrier or telephone"};
}

}  // namespace

const std::vector<Story::Step>& Story::registration_steps() {
  static const std::vector<Step> all = {
      {"registration USER at NAME", [](Story& s, const Words& w) { s.add_registration(w[1], w[3], {}, {}); }},
      {"registration USER at NAME with PASSWORD in REALM",
       [](Story& s, const Words& w) {
         s.phone(w[3]).have_login(w[1], w[5]);
         s.add_registration(w[1], w[3], w[5], w[7]);
       }},
      {"credentials USER PASSWORD at NAME in REALM ...", &add_credentials},
      {"NAME expects USER PASSWORD", [](Story& s, const Words& w) { s.phone(w[0]).have_login(w[2], w[3]); }},
      {"registration USER has FIELD VALUE",
       [](Story& s, const Words& w) { s.set_row("carrier_registrations", w[3], w[4], fmt::format("username = '{}'", w[1])); }},
      {"registration USER is gone",
       [](Story& s, const Words& w) {
         s.platform_.execute(fmt::format("DELETE FROM carrier_registrations WHERE username = '{}'", w[1]));
       }},
      {"registration USER is STATE ...", &expect_registration},
      {"NAME grants SECONDS",
       [](Story& s, const Words& w) { registrar_of(s, w[0]).granted = static_cast<unsigned>(parse_number(w[2])); }},
      {"NAME wants SECONDS at least",
       [](Story& s, const Words& w) { registrar_of(s, w[0]).least = static_cast<unsigned>(parse_number(w[2])); }},
      {"NAME hangs up after registrations", [](Story& s, const Words& w) { registrar_of(s, w[0]).hangs_up = true; }},
      {"NAME says STATUS to registrations",
       [](Story& s, const Words& w) { registrar_of(s, w[0]).status = w[2] == "nothing" ? 0 : parse_number(w[2]); }},
      {"NAME has USER on its list ...",
       [](Story& s, const Words& w) {
         const bool is_nobody = w[2] == "nobody";
         const auto holds = [&] {
           const std::string& contact = registrar_of(s, w[0]).contact;
           return is_nobody ? contact.empty() : contact == contact_of(s.phone(w[0]), w[2]);
         };
         s.expect(holds, fmt::format("{} has '{}' on its list", w[0], registrar_of(s, w[0]).contact), s.within(w));
       }},
      {"NAME got COUNT registrations",
       [](Story& s, const Words& w) {
         const Phone::Registrar& registrar = registrar_of(s, w[0]);
         if (registrar.requests != parse_number(w[2]))
           throw Disappointment{fmt::format("{} got {} registrations", w[0], registrar.requests)};
         if (!registrar.is_in_order) throw Disappointment{"they are of different Call-IDs, or their CSeqs do not rise"};
       }},
      {"NAME calls NUMBER by the registration of OTHER",
       [](Story& s, const Words& w) { s.phone(w[0]).call_at(registrar_of(s, w[7]).contact, w[2]); }},
      {"signalling stops in order",
       [](Story& s, const Words&) {
         s.platform_.shard->stop();
         s.expect([&] { return s.platform_.shard->is_idle(); }, "something is still under way", 5s);
       }},
  };
  return all;
}

}  // namespace carillon::flows
