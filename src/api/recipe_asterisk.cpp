// SPDX-License-Identifier: GPL-3.0-or-later
// pjsip.conf of an Asterisk (chan_pjsip). Names come from customers and end in a file that is read line by line: what is not
// plain is written otherwise. A ; begins a comment there unless a backslash stands before it.
#include "api/recipe.hpp"

namespace carillon::api {

namespace {

using model::CliSource;

std::string section(std::string_view name, std::string_view type) {
  return fmt::format("\n[{}]\ntype={}\n", name, type);
}

std::string outbound_proxy(const Recipe& recipe) {
  const std::string proxy = recipe_address(recipe);
  return proxy.empty() ? proxy : fmt::format("outbound_proxy=sip:{}\\;lr\n", proxy);
}

std::string head(const Recipe& recipe) {
  const std::string proxy = recipe_address(recipe);
  std::string text = fmt::format("; pjsip.conf: calls through Carillon as {}@{}, {}.\n", recipe_user(recipe), recipe.domain.name,
                                 recipe.has_nat ? "from behind NAT" : "without NAT");
  text += fmt::format("; The platform is at {}. Put the account's password in place of PASSWORD.\n",
                      proxy.empty() ? recipe.domain.name : proxy);
  return text;
}

std::string transport(const Recipe& recipe) {
  const bool is_v6 = recipe_address(recipe).starts_with('[');
  std::string text = section("carillon-udp", "transport");
  text += fmt::format("protocol=udp\nbind={}\n", is_v6 ? "::" : "0.0.0.0");
  if (!recipe.has_nat) return text;
  text += "; The router's public address and the networks behind it, where it lets calls in from outside.\n";
  text += ";external_signaling_address=PUBLIC-ADDRESS\n;external_media_address=PUBLIC-ADDRESS\n";
  text += ";local_net=192.168.0.0/16\n";
  return text;
}

/// A PBX that has an address of its own here is called there, and does not register.
std::string registration(const Recipe& recipe, const std::string& name) {
  if (!recipe.terminal.static_contact.empty()) return {};
  const std::string user = recipe_user(recipe);
  std::string text = section(name, "registration");
  text += fmt::format("transport=carillon-udp\noutbound_auth={}\n", name);
  text += fmt::format("server_uri=sip:{0}\nclient_uri=sip:{1}@{0}\ncontact_user={1}\n", recipe.domain.name, user);
  text += outbound_proxy(recipe);
  text += fmt::format("expiration={}\nretry_interval=30\nmax_retries=1000000\nforbidden_retry_interval=300\n",
                      recipe.has_nat ? 120 : 600);
  return text;
}

std::string account(const Recipe& recipe, const std::string& name) {
  std::string text = section(name, "auth");
  text += fmt::format("auth_type=userpass\nrealm={}\nusername={}\npassword=PASSWORD\n", recipe.domain.name, recipe.terminal.name);
  text += section(name, "aor");
  text += fmt::format("contact=sip:{}\n", recipe.domain.name);
  text += outbound_proxy(recipe);
  text += fmt::format("qualify_frequency={}\n", recipe.has_nat ? 25 : 60);
  return text;
}

/// How it says which number it calls with: what its dialplan sets as CALLERID(num).
std::string identity(const Recipe& recipe) {
  std::string text = fmt::format("from_domain={}\n", recipe.domain.name);
  if (recipe.terminal.cli_source == CliSource::from) return text + "; CALLERID(num) goes into From.\n";
  text += fmt::format("from_user={}\ntrust_id_outbound=yes\n", recipe_user(recipe));
  switch (recipe.terminal.cli_source) {
    case CliSource::from:
      break;
    case CliSource::p_asserted_identity:
      return text + "send_pai=yes\n; CALLERID(num) goes into P-Asserted-Identity.\n";
    case CliSource::remote_party_id:
      return text + "send_rpid=yes\n; CALLERID(num) goes into Remote-Party-ID.\n";
    case CliSource::p_preferred_identity:
      return text + "; P-Preferred-Identity is not written by itself: see PJSIP_HEADER below.\n";
  }
  return text;
}

std::string endpoint(const Recipe& recipe, const std::string& name) {
  std::string text = section(name, "endpoint");
  text += "transport=carillon-udp\ncontext=from-carillon\ndisallow=all\nallow=alaw,ulaw\ndtmf_mode=rfc4733\n";
  text += fmt::format("outbound_auth={0}\naors={0}\n", name);
  text += outbound_proxy(recipe);
  text += identity(recipe);
  text += "trust_id_inbound=yes\ndirect_media=no\n";
  if (recipe.has_nat) text += "rtp_symmetric=yes\nforce_rport=yes\nrewrite_contact=yes\nrtp_keepalive=15\n";
  return text;
}

/// Requests of the platform have no credentials: they are known by where they come from.
std::string identify(const Recipe& recipe, const std::string& name) {
  std::string text = section(name, "identify");
  text += fmt::format("endpoint={}\n", name);
  for (const std::string& address : recipe.edge.addresses) text += fmt::format("match={}\n", address);
  if (recipe.edge.addresses.empty()) text += fmt::format("match={}\n", recipe.domain.name);
  return text;
}

/// As comments: what is dialled how is the PBX's own.
std::string dialplan(const Recipe& recipe, const std::string& name) {
  const bool is_by_contact = recipe.terminal.request_user == model::RequestUser::contact;
  std::string text = "\n; extensions.conf, to begin with:\n;[from-carillon]\n";
  text += fmt::format(";exten => {},1,Dial(PJSIP/YOUR-TELEPHONE)\n", is_by_contact ? recipe_user(recipe) : "_[+0-9].");
  text += ";[to-carillon]\n;exten => _[+0-9].,1,Set(CALLERID(num)=ONE-OF-YOUR-NUMBERS)\n";
  if (recipe.terminal.cli_source != CliSource::p_preferred_identity)
    return text + fmt::format("; same => n,Dial(PJSIP/${{EXTEN}}@{})\n", name);
  text += fmt::format("; same => n,Dial(PJSIP/${{EXTEN}}@{},,b(carillon-identity^s^1))\n;[carillon-identity]\n", name);
  text +=
      fmt::format(";exten => s,1,Set(PJSIP_HEADER(add,P-Preferred-Identity)=<sip:${{CALLERID(num)}}@{}>)\n; same => n,Return()\n",
                  recipe.domain.name);
  return text;
}

}  // namespace

std::string asterisk_recipe(const Recipe& recipe) {
  const std::string name = recipe_name(recipe, '-');
  return head(recipe) + transport(recipe) + registration(recipe, name) + account(recipe, name) + endpoint(recipe, name) +
         identify(recipe, name) + dialplan(recipe, name);
}

}  // namespace carillon::api
