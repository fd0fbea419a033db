// SPDX-License-Identifier: GPL-3.0-or-later
// Descriptions against a pending offer. The first line of the input says who says what by which message, the rest is
// descriptions, parted by empty lines and used in turn: the negotiation never says what it must not, and survives a restart.
#include <array>
#include <cstdint>
#include <optional>
#include <string_view>
#include <vector>

#include "base/assert.hpp"
#include "sdp/offer_answer.hpp"
#include "sdp/relay.hpp"

namespace carillon::sdp {
namespace {

constexpr std::size_t descriptions_max = 4;
constexpr std::array<std::uint16_t, media_max> ports = {13000, 13002, 0,     13006, 13008, 13010, 13012, 13014,
                                                        13016, 13018, 13020, 13022, 13024, 13026, 13028, 13030};
constexpr RelayPorts relay{"198.51.100.1", ports};

class Negotiation {
 public:
  explicit Negotiation(std::string_view text) {
    while (!text.empty() && descriptions_.size() < descriptions_max) {
      const std::string_view part = text.substr(0, text.find("\n\n"));
      if (auto session = Session::parse(part)) descriptions_.push_back(std::move(*session));
      text.remove_prefix(std::min(text.size(), part.size() + 2));
    }
  }

  /// `a` to `i` receive, `A` to `I` without a description, `1` to `9` send what is due or possible; the rest are failures.
  void take(char step) {
    if (step >= 'a' && step <= 'i') return receive(static_cast<Carrier>(step - 'a'), next());
    if (step >= 'A' && step <= 'I') return receive(static_cast<Carrier>(step - 'A'), nullptr);
    if (step >= '1' && step <= '9') return send(static_cast<Carrier>(step - '1'));
    if (step == 'r') return restart();
    if (side_.state() == OfferAnswer::State::local_offer && step == 'x') side_.local_invite_failed();
    if (side_.state() == OfferAnswer::State::remote_offer && step == 'y') side_.remote_invite_refused();
  }

 private:
  const Session* next() { return descriptions_.empty() ? nullptr : &descriptions_[used_++ % descriptions_.size()]; }

  void receive(Carrier carrier, const Session* description) {
    const OfferAnswer::Verdict verdict = side_.receive(carrier, description);
    using Meaning = OfferAnswer::Meaning;
    CARILLON_ASSERT((verdict.status != 0) == (verdict.meaning == Meaning::refused));
    if (verdict.meaning == Meaning::offer) CARILLON_ASSERT(side_.offered() != nullptr);
    if (verdict.meaning == Meaning::answer || verdict.meaning == Meaning::preview) CARILLON_ASSERT(side_.remote() != nullptr);
    if (side_.remote() != nullptr) {
      CARILLON_ASSERT(side_.remote()->media.size() <= media_max);
      static_cast<void>(can_join(*side_.remote(), *side_.remote()));
    }
  }

  void send(Carrier carrier) {
    const OfferAnswer::Due due = side_.due_in(carrier);
    if (due == OfferAnswer::Due::answer && side_.offered() != nullptr) {
      const Session* other = next();
      const std::size_t lines = side_.offered()->media.size();
      const Draft draft = make_relayed_answer(*side_.offered(), other == nullptr ? *side_.offered() : *other, relay);
      check_said(side_.send_answer(carrier, draft), lines);
    } else if (const Session* other = next(); other != nullptr) {
      const bool may = (carrier == Carrier::invite && side_.may_invite()) || (carrier == Carrier::update && side_.may_update());
      if (may || due == OfferAnswer::Due::offer)
        check_said(side_.send_offer(carrier, make_relayed_offer(*other, relay)), other->media.size());
    }
  }

  /// RFC 3264 §6: as many m= lines as the other side has.
  void check_said(std::string_view text, std::size_t lines) {
    const auto said = Session::parse(text);
    CARILLON_ASSERT(said ? said->media.size() == lines : said.error().is(Fault::too_large));
  }

  void restart() {
    const std::string_view remote = side_.remote() == nullptr ? std::string_view() : side_.remote()->text();
    auto again = OfferAnswer::restore(side_.local().text(), remote);
    if (!again) return;
    CARILLON_ASSERT(again->local().text() == side_.local().text() && again->state() == OfferAnswer::State::stable);
    side_ = std::move(*again);
  }

  std::vector<Session> descriptions_;
  std::size_t used_ = 0;
  OfferAnswer side_{7};
};

void check(std::string_view input) {
  const std::string_view steps = input.substr(0, std::min<std::size_t>(input.find('\n'), 64));
  Negotiation negotiation(input.substr(std::min(input.size(), steps.size() + 1)));
  for (const char step : steps) negotiation.take(step);
}

}  // namespace
}  // namespace carillon::sdp

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  carillon::sdp::check({reinterpret_cast<const char*>(data), size});
  return 0;
}
