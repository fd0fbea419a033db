// SPDX-License-Identifier: GPL-3.0-or-later
// A gateway of a FreeSWITCH (mod_sofia). Names come from customers and end in XML: what means something there is written
// otherwise, and no comment ends before its end.
#include "api/recipe.hpp"

namespace carillon::api {

namespace {

using model::CliSource;

std::string escaped(std::string_view text) {
  std::string out;
  for (const char c : text) {
    if (c == '&')
      out += "&amp;";
    else if (c == '<')
      out += "&lt;";
    else if (c == '>')
      out += "&gt;";
    else if (c == '"')
      out += "&quot;";
    else if (c == '\'')
      out += "&apos;";
    else
      out += c;
  }
  return out;
}

/// Two hyphens may not stand in one.
std::string comment(std::string text) {
  for (std::size_t at = text.find("--"); at != std::string::npos; at = text.find("--", at)) text.insert(at + 1, " ");
  return fmt::format("<!-- {} -->\n", text);
}

std::string param(std::string_view name, std::string_view value) {
  return fmt::format("    <param name=\"{}\" value=\"{}\"/>\n", name, escaped(value));
}

std::string head(const Recipe& recipe) {
  const std::string address = recipe_address(recipe);
  return comment(
      fmt::format("sip_profiles/external/{}.xml: calls through Carillon as {}@{}, {}.\n     The platform is at {}. Put "
                  "the account's password in place of PASSWORD.",
                  recipe_name(recipe, '_'), recipe_user(recipe), recipe.domain.name,
                  recipe.has_nat ? "from behind NAT" : "without NAT", address.empty() ? recipe.domain.name : address));
}

/// How it says which number it calls with: what its dialplan sets as effective_caller_id_number.
std::string identity(const Recipe& recipe) {
  const CliSource source = recipe.terminal.cli_source;
  const bool is_in_from = source == CliSource::from;
  std::string text = param("from-domain", recipe.domain.name);
  if (!is_in_from) text += param("from-user", recipe_user(recipe));
  text += param("caller-id-in-from", is_in_from ? "true" : "false");
  if (source == CliSource::p_asserted_identity) return text + param("cid-type", "pid");
  return text + param("cid-type", source == CliSource::remote_party_id ? "rpid" : "none");
}

/// A PBX that has an address of its own here is called there, and does not register.
std::string gateway(const Recipe& recipe) {
  const bool registers = recipe.terminal.static_contact.empty();
  std::string text = fmt::format("<include>\n  <gateway name=\"{}\">\n", recipe_name(recipe, '_'));
  text += param("username", recipe.terminal.name) + param("realm", recipe.domain.name) + param("password", "PASSWORD");
  text += param("proxy", recipe.domain.name);
  if (const std::string address = recipe_address(recipe); !address.empty()) text += param("outbound-proxy", address);
  text += param("register", registers ? "true" : "false");
  if (registers) text += param("expire-seconds", recipe.has_nat ? "120" : "600") + param("retry-seconds", "30");
  text += param("register-transport", "udp") + param("extension", recipe_user(recipe)) + param("extension-in-contact", "true");
  text += identity(recipe) + param("ping", recipe.has_nat ? "25" : "60");
  return text + "  </gateway>\n</include>\n";
}

std::string profile(const Recipe& recipe) {
  std::string text = "In the settings of sip_profiles/external.xml:\n  <param name=\"apply-inbound-acl\" value=\"carillon\"/>\n";
  if (recipe.has_nat)
    text +=
        "  <param name=\"ext-sip-ip\" value=\"PUBLIC-ADDRESS\"/>\n  <param name=\"ext-rtp-ip\" value=\"PUBLIC-ADDRESS\"/>\n"
        "  <param name=\"aggressive-nat-detection\" value=\"true\"/>\n"
        "PUBLIC-ADDRESS is the router's, where it lets calls in from outside; else auto-nat.\n";
  return comment(text);
}

/// Requests of the platform have no credentials: they are known by where they come from.
std::string sources(const Recipe& recipe) {
  std::string text = "In autoload_configs/acl.conf.xml:\n  <list name=\"carillon\" default=\"deny\">\n";
  for (const std::string& address : recipe.edge.addresses)
    text += fmt::format("    <node type=\"allow\" cidr=\"{}/{}\"/>\n", address, address.contains(':') ? 128 : 32);
  if (recipe.edge.addresses.empty()) text += "    <node type=\"allow\" cidr=\"ADDRESS-OF-THE-PLATFORM/32\"/>\n";
  return comment(text + "  </list>\n");
}

/// What is dialled how is the PBX's own.
std::string dialplan(const Recipe& recipe) {
  const bool is_by_contact = recipe.terminal.request_user == model::RequestUser::contact;
  std::string text = "In the dialplan, to begin with. Context public:\n  <extension name=\"from_carillon\">\n";
  text += fmt::format("    <condition field=\"destination_number\" expression=\"^{}$\">\n",
                      is_by_contact ? escaped(recipe_user(recipe)) : "[+]?[0-9]+");
  text += "      <action application=\"bridge\" data=\"user/YOUR-TELEPHONE\"/>\n    </condition>\n  </extension>\n";
  text += "Context default:\n  <extension name=\"to_carillon\">\n";
  text += "    <condition field=\"destination_number\" expression=\"^([+]?[0-9]+)$\">\n";
  text += "      <action application=\"set\" data=\"effective_caller_id_number=ONE-OF-YOUR-NUMBERS\"/>\n";
  if (recipe.terminal.cli_source == CliSource::p_preferred_identity)
    text += fmt::format(
        "      <action application=\"export\" "
        "data=\"nolocal:sip_h_P-Preferred-Identity=&lt;sip:${{effective_caller_id_number}}@{}&gt;\"/>\n",
        recipe.domain.name);
  text += fmt::format("      <action application=\"bridge\" data=\"sofia/gateway/{}/$1\"/>\n    </condition>\n  </extension>\n",
                      recipe_name(recipe, '_'));
  return comment(text);
}

}  // namespace

std::string freeswitch_recipe(const Recipe& recipe) {
  return head(recipe) + gateway(recipe) + profile(recipe) + sources(recipe) + dialplan(recipe);
}

}  // namespace carillon::api
