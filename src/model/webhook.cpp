// SPDX-License-Identifier: GPL-3.0-or-later
// Rules of webhooks that concern more than one character class.
#include "model/webhook.hpp"

#include <algorithm>

namespace carillon::model {
namespace {

std::vector<std::string_view> words_of(std::string_view text) {
  std::vector<std::string_view> words;
  while (!text.empty()) {
    const std::size_t end = std::min(text.find(' '), text.size());
    if (end > 0) words.push_back(text.substr(0, end));
    text.remove_prefix(std::min(end + 1, text.size()));
  }
  return words;
}

constexpr std::string_view event_types[] = {"call.ended", "customer.calls_limited", "job.ended", "webhook.disabled",
                                            "webhook.test"};

/// One of those; "*" and "call.*" besides.
bool is_pattern(std::string_view word) {
  return std::ranges::any_of(event_types, [word](std::string_view type) { return wants_event(word, type); });
}

/// The length of what base64 stands for; the signature's writer looks at each letter.
bool has_secret_shape(std::string_view text) {
  constexpr std::string_view prefix = "whsec_";
  if (!text.starts_with(prefix)) return false;
  text.remove_prefix(prefix.size());
  const auto is_base64 = [](char c) {
    return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || c == '+' || c == '/';
  };
  const std::size_t letters = text.size() - (text.ends_with("==") ? 2 : text.ends_with('=') ? 1 : 0);
  const std::size_t bytes = letters * 3 / 4;
  return text.size() % 4 == 0 && bytes >= 24 && bytes <= 64 && std::ranges::all_of(text.substr(0, letters), is_base64);
}

}  // namespace

bool wants_event(std::string_view events, std::string_view type) {
  return std::ranges::any_of(words_of(events), [&](std::string_view word) {
    return word == "*" || word == type || (word.ends_with(".*") && type.starts_with(word.substr(0, word.size() - 1)));
  });
}

std::vector<FieldFault> check_webhook(const Webhook& webhook) {
  std::vector<FieldFault> faults;
  if (!webhook.url.starts_with("https://") && !webhook.url.starts_with("http://"))
    faults.push_back({"url", "must begin with https://"});
  const auto words = words_of(webhook.events);
  if (words.empty() || !std::ranges::all_of(words, is_pattern))
    faults.push_back(
        {"events",
         "must be some of call.ended, customer.calls_limited, job.ended, webhook.disabled, webhook.test, call.*, with a space "
         "between two, or *"});
  if (!has_secret_shape(webhook.secret.reveal())) faults.push_back({"secret", "must be whsec_ and the base64 of 24 to 64 bytes"});
  return faults;
}

}  // namespace carillon::model
