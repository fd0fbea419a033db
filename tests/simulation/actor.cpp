// SPDX-License-Identifier: GPL-3.0-or-later
// What people do with telephones, with the odds of each.
#include "simulation/actor.hpp"

namespace carillon::simulation {

Actor::Actor(Loop& loop, test::SimulatedWire& wire, Part part, std::uint64_t seed, Note note)
    : loop_(loop),
      wire_(wire),
      part_(std::move(part)),
      random_(seed),
      note_(std::move(note)),
      act_([](void* self) { static_cast<Actor*>(self)->act(); }, this) {
  plug_in();
  loop_.timers().arm(act_, loop_.now() + between(1ms, 500ms));
}

Duration Actor::between(Duration least, Duration most) {
  return least + Duration(static_cast<std::int64_t>(pick(static_cast<std::uint64_t>((most - least).count()) + 1)));
}

void Actor::plug_in() {
  phone_ = std::make_unique<flows::Phone>(loop_, wire_, part_.host, part_.server, part_.account, part_.is_tcp);
  phone_->engage(false);
  if (chance(0.3)) phone_->be_able("100rel");
  if (chance(0.3)) phone_->be_able("timer");
  if (chance(0.3)) phone_->be_able("UPDATE");
  registered_until_ = {};
  enter(State::idle);
}

void Actor::pull_plug(Duration away) {
  note_("pulls the plug");
  for (const auto& [word, count] : phone_->heard) heard_before_[word] += count;
  phone_->vanish();
  phone_.reset();
  plugged_in_at_ = loop_.now() + away;
}

std::map<std::string, int> Actor::heard() const {
  auto all = heard_before_;
  if (phone_)
    for (const auto& [word, count] : phone_->heard) all[word] += count;
  return all;
}

void Actor::retire(bool falls_silent) {
  is_retired_ = true;
  is_silent_ = falls_silent;
}

void Actor::enter(State state) {
  state_ = state;
  phone_->engage(state != State::idle || is_retired_);
  state_until_ = loop_.now() + (state == State::talking   ? between(1s, 90s)
                                : state == State::calling ? between(1s, 70s)
                                                          : between(500ms, 30s));
}

void Actor::act() {
  loop_.timers().arm(act_, loop_.now() + between(20ms, 1500ms));
  if (is_silent_) {
    if (phone_) pull_plug(1h);
    return;
  }
  if (!phone_) {
    if (loop_.now() < plugged_in_at_) return;
    note_("is plugged in again");
    plug_in();
  }
  if (loop_.now() >= registered_until_) {
    const unsigned seconds = 60 + static_cast<unsigned>(pick(300));
    if (part_.is_tcp && chance(0.2)) phone_->connect();
    phone_->register_for(seconds);
    registered_until_ = loop_.now() + seconds * 800ms;
  }
  if (phone_->register_status == 408 && part_.is_tcp) {
    phone_->connect();
    registered_until_ = {};
    phone_->register_status = 0;
  }
  look();
  switch (state_) {
    case State::idle:
      return begin();
    case State::calling:
      return wait_for_answer();
    case State::invited:
      return be_called();
    case State::talking:
      return talk();
  }
}

/// What has happened since.
void Actor::look() {
  if (state_ == State::idle && phone_->is_invited) enter(State::invited);
  if (state_ == State::invited && (phone_->is_cancelled || !phone_->is_invited)) enter(State::idle);
  if (state_ == State::calling && phone_->is_answered) enter(State::talking);
  if (state_ == State::calling && phone_->call_status >= 300) enter(State::idle);
  if (state_ == State::talking && phone_->is_hung_up) enter(State::idle);
}

void Actor::begin() {
  if (is_retired_ || loop_.now() < state_until_ || phone_->register_status != 200) return;
  const std::string& number = part_.numbers[pick(part_.numbers.size())];
  note_("calls " + number);
  enter(State::calling);
  phone_->call(number, chance(0.9));
}

void Actor::wait_for_answer() {
  if (loop_.now() < state_until_ && !is_retired_) return;
  note_("gives up");
  phone_->cancel();
  state_until_ = loop_.now() + 40s;
  if (phone_->call_status == 0) enter(State::idle);
}

void Actor::be_called() {
  if (is_retired_ || chance(0.1)) {
    constexpr int refusals[] = {486, 603, 480, 404, 500};
    phone_->reject(refusals[pick(5)]);
    return enter(State::idle);
  }
  if (chance(0.3)) return phone_->ring();
  if (chance(0.1)) return phone_->ring_with_media(false);
  if (chance(0.5)) {
    note_("answers");
    phone_->answer();
    return enter(State::talking);
  }
  if (loop_.now() >= state_until_ && chance(0.2)) pull_plug(between(1s, 60s));
}

void Actor::talk() {
  phone_->speak(part_.word);
  if (phone_->is_change_wanted) {
    phone_->is_change_wanted = false;
    return phone_->accept_change(chance(0.9) ? 200 : 488);
  }
  if (loop_.now() >= state_until_ || is_retired_) {
    note_("hangs up");
    phone_->hang_up();
    phone_->forget();
    return enter(State::idle);
  }
  if (!phone_->is_answered) return;
  if (chance(0.03)) {
    constexpr std::string_view directions[] = {"sendonly", "sendrecv", "inactive", "recvonly"};
    note_("changes the session");
    return phone_->change(directions[pick(4)]);
  }
  if (chance(0.01)) return phone_->ask_offer();
  if (chance(0.02)) return phone_->press(static_cast<char>('0' + pick(10)));
  if (chance(0.01)) {
    const std::string& number = part_.numbers[pick(part_.numbers.size())];
    note_("transfers to " + number);
    return phone_->transfer(number);
  }
  if (part_.is_tcp && chance(0.01)) {
    note_("loses its connection");
    phone_->disconnect();
    phone_->connect();
    registered_until_ = {};
    return;
  }
  if (chance(0.003)) pull_plug(between(1s, 120s));
}

}  // namespace carillon::simulation
