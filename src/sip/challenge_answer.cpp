// SPDX-License-Identifier: GPL-3.0-or-later
#include "sip/challenge_answer.hpp"

#include "base/id.hpp"
#include "sip/digest.hpp"

namespace carillon::sip {

std::optional<Authorization> answer_challenge(const Message& response, const PinnedLogin& login, Method method,
                                              std::string_view uri, unsigned& answered) {
  const bool is_challenge = response.status() == 401 || response.status() == 407;
  if (!is_challenge || login.realm.empty()) return std::nullopt;
  const auto challenge = choose_challenge(response, login.realm);
  if (!challenge || answered >= 2 || (answered == 1 && !challenge->stale)) return std::nullopt;
  ++answered;
  const std::string cnonce = carillon::to_hex(random_bits());
  Hasher hasher;
  auto value =
      answer(hasher, *challenge, {.user = login.user, .password = {}, .ha1 = {.sha256 = login.ha1_sha256, .md5 = login.ha1_md5}},
             {.method = method_name(method), .uri = uri, .cnonce = cnonce});
  if (!value) return std::nullopt;
  return Authorization{.header = response.status() == 401 ? HeaderId::authorization : HeaderId::proxy_authorization,
                       .value = std::move(*value)};
}

}  // namespace carillon::sip
