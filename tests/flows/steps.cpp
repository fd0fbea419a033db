// SPDX-License-Identifier: GPL-3.0-or-later
// The words of flows, one entry each: telephones, lamps, and somebody at a screen.
#include "flows/story.hpp"

namespace carillon::flows {

const std::vector<Story::Step>& Story::steps() {
  static const std::vector<Step> all = {
      {"operator is told ...",
       [](Story& s, const Words& w) {
         s.expect([&] { return !s.operator_.told.empty(); }, "the operator hears nothing", 6s);
         const std::string wanted = w.size() > 4 ? w[3] + ' ' + w[4] : w.at(3);
         if (s.operator_.told != wanted) throw Disappointment{"the operator is told " + s.operator_.told};
       }},
      {"operator ...",
       [](Story& s, const Words& w) {
         if (!s.operator_.act(w)) throw Disappointment{"the operator does not understand"};
       }},
      {"phone ...",
       [](Story& s, const Words& w) {
         for (std::size_t i = 1; i < w.size(); ++i) {
           s.add_phone(w[i]);
           s.register_phone(w[i], 3600, 200);
         }
       }},
      {"unregistered phone NAME", [](Story& s, const Words& w) { s.add_phone(w[2]); }},
      {"NAME registers", [](Story& s, const Words& w) { s.register_phone(w[0], 3600, 200); }},
      {"NAME registers for SECONDS", [](Story& s, const Words& w) { s.register_phone(w[0], parse_number(w[3]), 200); }},
      {"NAME registers for SECONDS and gets STATUS",
       [](Story& s, const Words& w) { s.register_phone(w[0], parse_number(w[3]), parse_number(w[6])); }},
      {"NAME unregisters", [](Story& s, const Words& w) { s.register_phone(w[0], 0, 200); }},
      {"NAME sees COUNT contacts",
       [](Story& s, const Words& w) {
         if (s.phone(w[0]).contacts != static_cast<std::size_t>(parse_number(w[2])))
           throw Disappointment{fmt::format("{} sees {} contacts", w[0], s.phone(w[0]).contacts)};
       }},
      {"terminal NAME has FIELD VALUE",
       [](Story& s, const Words& w) {
         if (!s.platform_.configure("terminals", w[1], w[3], w[4])) throw Disappointment{"no such terminal or field"};
       }},
      {"user NAME has FIELD VALUE",
       [](Story& s, const Words& w) {
         if (!s.platform_.configure("users", w[1], w[3], w[4])) throw Disappointment{"no such user or field"};
       }},
      {"company has FIELD VALUE",
       [](Story& s, const Words& w) {
         if (!s.platform_.configure("customers", "DemoCompany", w[2], w[3])) throw Disappointment{"no such field"};
       }},
      {"company is in all countries",
       [](Story& s, const Words&) { s.platform_.configure("customers", "DemoCompany", "allowed_countries", ""); }},
      {"company is in ...",
       [](Story& s, const Words& w) {
         std::string countries = w[3];
         for (std::size_t i = 4; i < w.size(); ++i) countries += ' ' + w[i];
         s.platform_.configure("customers", "DemoCompany", "allowed_countries", countries);
       }},
      {"NETWORK is in COUNTRY", [](Story& s, const Words& w) { s.platform_.place(w[0], w[3]); }},
      {"network NETWORK is granted", [](Story& s, const Words& w) { s.platform_.grant(w[1]); }},
      {"NAME prefers Q", [](Story& s, const Words& w) { s.phone(w[0]).prefer(w[2]); }},
      {"NAME vanishes", [](Story& s, const Words& w) { s.phone(w[0]).vanish(); }},
      {"NAME is cut off", [](Story& s, const Words& w) { s.cut(w[0], true); }},
      {"NAME is reachable again", [](Story& s, const Words& w) { s.cut(w[0], false); }},
      {"NAME forgets its call", [](Story& s, const Words& w) { s.phone(w[0]).forget(); }},
      {"NAME loses its connection", [](Story& s, const Words& w) { s.phone(w[0]).disconnect(); }},
      {"NAME connects again", [](Story& s, const Words& w) { s.phone(w[0]).connect(); }},
      {"network loses PERCENT",
       [](Story& s, const Words& w) {
         s.platform_.wire.set_quality({.delay = 10ms, .loss = parse_number(w[2].substr(0, w[2].find('%'))) / 100.0});
         s.patience_ = s.lamp_patience_ = 32s;
         s.least_heard_ = 3;
       }},
      {"signalling dies", [](Story& s, const Words&) { s.platform_.stop_signalling(); }},
      {"signalling comes back", [](Story& s, const Words&) { s.platform_.start_signalling(); }},
      {"media restarts", [](Story& s, const Words&) { s.platform_.restart_media(); }},
      {"signalling restarts", [](Story& s, const Words&) { s.platform_.restart_signalling(); }},
      {"wait TIME", [](Story& s, const Words& w) { s.platform_.loop.run_for(parse_duration(w[1])); }},

      {"NAME calls NUMBER", [](Story& s, const Words& w) { s.phone(w[0]).call(w[2]); }},
      {"NAME calls NUMBER without offer", [](Story& s, const Words& w) { s.phone(w[0]).call(w[2], false); }},
      {"NAME knows ...",
       [](Story& s, const Words& w) {
         for (std::size_t i = 2; i < w.size(); ++i) s.phone(w[0]).be_able(w[i]);
       }},
      {"NAME cancels because REASON",
       [](Story& s, const Words& w) {
         s.phone(w[0]).say(w[3]);
         s.phone(w[0]).cancel();
       }},
      {"NAME cancels", [](Story& s, const Words& w) { s.phone(w[0]).cancel(); }},
      {"NAME is invited ...",
       [](Story& s, const Words& w) {
         s.expect([&] { return s.phone(w[0]).is_invited; }, w[0] + " gets no INVITE", s.within(w));
       }},
      {"NAME rings with media",
       [](Story& s, const Words& w) {
         s.expect([&] { return s.phone(w[0]).is_invited; }, w[0] + " gets no INVITE", s.patience_);
         s.phone(w[0]).ring_with_media(false);
       }},
      {"NAME rings reliably with media",
       [](Story& s, const Words& w) {
         s.expect([&] { return s.phone(w[0]).is_invited; }, w[0] + " gets no INVITE", s.patience_);
         s.phone(w[0]).ring_with_media(true);
         s.expect([&] { return s.phone(w[0]).is_progress_acknowledged; }, w[0] + " gets no PRACK", s.patience_);
       }},
      {"NAME rings reliably without media",
       [](Story& s, const Words& w) {
         s.expect([&] { return s.phone(w[0]).is_invited; }, w[0] + " gets no INVITE", s.patience_);
         s.phone(w[0]).ring_with_media(true, false);
         s.expect([&] { return s.phone(w[0]).is_progress_acknowledged; }, w[0] + " gets no PRACK", s.patience_);
       }},
      {"NAME refreshes for SECONDS",
       [](Story& s, const Words& w) { s.phone(w[0]).refresh(static_cast<unsigned>(parse_number(w[3]))); }},
      {"NAME rings as another phone too",
       [](Story& s, const Words& w) {
         s.expect([&] { return s.phone(w[0]).is_invited; }, w[0] + " gets no INVITE", s.patience_);
         s.phone(w[0]).ring_as_fork();
       }},
      {"NAME rings as COUNT other phones",
       [](Story& s, const Words& w) {
         s.expect([&] { return s.phone(w[0]).is_invited; }, w[0] + " gets no INVITE", s.patience_);
         for (int i = 1; i <= parse_number(w[3]); ++i) s.phone(w[0]).ring_as_fork(i);
       }},
      {"NAME answers as COUNT other phones",
       [](Story& s, const Words& w) {
         for (int i = 1; i <= parse_number(w[3]); ++i) s.phone(w[0]).answer_as_fork(i);
       }},
      {"NAME acknowledges nothing", [](Story& s, const Words& w) { s.phone(w[0]).withhold_acks(); }},
      {"NAME rings COUNT times at once",
       [](Story& s, const Words& w) {
         s.expect([&] { return s.phone(w[0]).is_invited; }, w[0] + " gets no INVITE", s.patience_);
         for (int i = 0; i < parse_number(w[2]); ++i) s.phone(w[0]).ring();
       }},
      {"NAME rings ...",
       [](Story& s, const Words& w) {
         s.expect([&] { return s.phone(w[0]).is_invited; }, w[0] + " gets no INVITE", s.within(w));
         s.phone(w[0]).ring();
       }},
      {"NAME acknowledges COUNT ringings",
       [](Story& s, const Words& w) {
         s.expect([&] { return s.phone(w[0]).progress == parse_number(w[2]); }, w[0] + " acknowledges another number",
                  s.patience_);
       }},
      {"NAME hears early media",
       [](Story& s, const Words& w) {
         s.expect([&] { return s.phone(w[0]).call_status == 183; }, w[0] + " gets no 183", s.patience_);
       }},
      {"NAME hears COUNT ringings within TIME",
       [](Story& s, const Words& w) {
         s.expect([&] { return s.phone(w[0]).rings >= parse_number(w[2]); }, w[0] + " hears fewer", parse_duration(w[5]));
       }},
      {"NAME watches NUMBER and gets STATUS",
       [](Story& s, const Words& w) { s.watch(w[0], "dialog", w[2], parse_number(w[5]), 3600); }},
      {"NAME watches NUMBER for SECONDS and gets STATUS",
       [](Story& s, const Words& w) {
         s.watch(w[0], "dialog", w[2], parse_number(w[7]), static_cast<unsigned>(parse_number(w[4])));
       }},
      {"NAME watches messages of NUMBER and gets STATUS",
       [](Story& s, const Words& w) { s.watch(w[0], "message-summary", w[4], parse_number(w[7]), 3600); }},
      {"NAME watches messages of NUMBER",
       [](Story& s, const Words& w) { s.watch(w[0], "message-summary", w[4], 200, 3600); }},
      {"NAME watches PACKAGE of NUMBER and gets STATUS",
       [](Story& s, const Words& w) { s.watch(w[0], w[2], w[4], parse_number(w[7]), 3600); }},
      {"NAME watches NUMBER for SECONDS",
       [](Story& s, const Words& w) {
         s.watch(w[0], "dialog", w[2], 200, static_cast<unsigned>(parse_number(w[4])));
       }},
      {"NAME watches NUMBER", [](Story& s, const Words& w) { s.watch(w[0], "dialog", w[2], 200, 3600); }},
      {"NAME stops watching NUMBER", [](Story& s, const Words& w) { s.watch(w[0], "dialog", w[3], 200, 0); }},
      {"NAME forgets what it watched", [](Story& s, const Words& w) { s.watcher(w[0]).forget(); }},
      {"NAME sees lamp NUMBER STATE with OTHER",
       [](Story& s, const Words& w) {
         const Watcher::Lamp& lamp = s.lamp(w[0], w[3]);
         s.expect([&] { return lamp.state == w[4] && lamp.other == w[6]; },
                  fmt::format("{} sees {} with {}", w[0], lamp.state, lamp.other), s.lamp_patience_);
       }},
      {"NAME sees lamp NUMBER STATE ...",
       [](Story& s, const Words& w) {
         const Watcher::Lamp& lamp = s.lamp(w[0], w[3]);
         const bool has_time = w.size() > 5;
         s.expect([&] { return lamp.state == w[4]; }, fmt::format("{} sees {}", w[0], lamp.state),
                  has_time ? s.within(w) : s.lamp_patience_);
       }},
      {"NAME picks up lamp NUMBER",
       [](Story& s, const Words& w) { s.phone(w[0]).pick_up(w[4], s.watcher(w[0]).dialog_of(w[4], false)); }},
      {"NAME picks up lamp NUMBER without offer",
       [](Story& s, const Words& w) { s.phone(w[0]).pick_up(w[4], s.watcher(w[0]).dialog_of(w[4], false), false); }},
      {"NAME picks up lamp NUMBER from its other side",
       [](Story& s, const Words& w) { s.phone(w[0]).pick_up(w[4], s.watcher(w[0]).dialog_of(w[4], true)); }},
      {"NAME takes over lamp NUMBER of OTHER",
       [](Story& s, const Words& w) { s.phone(w[0]).pick_up(w[4], s.watcher(w[6]).dialog_of(w[4], false)); }},
      {"NAME picks up lamp NUMBER if it rings",
       [](Story& s, const Words& w) { s.phone(w[0]).pick_up(w[4], s.watcher(w[0]).dialog_of(w[4], false) + ";early-only"); }},
      {"NAME sees end of lamp NUMBER because REASON",
       [](Story& s, const Words& w) {
         const Watcher::Lamp& lamp = s.lamp(w[0], w[5]);
         s.expect([&] { return lamp.ended == w[7]; }, fmt::format("{} sees the end because '{}'", w[0], lamp.ended),
                  s.lamp_patience_);
       }},
      {"NAME got COUNT notifications of NUMBER",
       [](Story& s, const Words& w) {
         const int count = s.lamp(w[0], w[5]).notifications;
         if (count != parse_number(w[2])) throw Disappointment{fmt::format("{} got {} notifications", w[0], count)};
       }},
      {"nobody is watched",
       [](Story& s, const Words&) {
         if (const std::size_t count = s.platform_.shard->notifier().size())
           throw Disappointment{fmt::format("{} subscriptions are there", count)};
       }},
      {"NAME sees connected nobody",
       [](Story& s, const Words& w) {
         if (!s.phone(w[0]).connected.empty()) throw Disappointment{w[0] + " sees " + s.phone(w[0]).connected};
       }},
      {"NAME was told by METHOD",
       [](Story& s, const Words& w) {
         const std::string_view method = sip::method_name(s.phone(w[0]).told_by);
         if (method != w[4]) throw Disappointment{fmt::format("{} was told by {}", w[0], method)};
       }},
      {"NAME sees connected NUMBER",
       [](Story& s, const Words& w) {
         const std::string wanted = "<sip:" + w[3] + "@";
         s.expect([&] { return s.phone(w[0]).connected.find(wanted) != std::string::npos; }, w[0] + " sees another name",
                  s.patience_);
       }},
      {"NAME sees caller NUMBER ...",
       [](Story& s, const Words& w) {
         std::string name;
         for (std::size_t i = 4; i < w.size(); ++i) name += (name.empty() ? "" : " ") + w[i];
         if (s.phone(w[0]).caller != w[3] || (!name.empty() && s.phone(w[0]).caller_name != name))
           throw Disappointment{fmt::format("{} sees {} {}", w[0], s.phone(w[0]).caller, s.phone(w[0]).caller_name)};
       }},
      {"NAME sees referrer NUMBER",
       [](Story& s, const Words& w) {
         const std::string& referrer = s.phone(w[0]).referred_by;
         const bool is_as_said = w[3] == "nobody" ? referrer.empty() : referrer.find("<sip:" + w[3] + "@") != std::string::npos;
         if (!is_as_said) throw Disappointment{fmt::format("{} was referred by '{}'", w[0], referrer)};
       }},
      {"NAME is asked to answer by itself",
       [](Story& s, const Words& w) {
         const std::string& info = s.phone(w[0]).call_info;
         if (!info.ends_with(";answer-after=0")) throw Disappointment{w[0] + " is told " + info};
       }},
      {"NAME hears ringing ...",
       [](Story& s, const Words& w) {
         s.expect([&] { return s.phone(w[0]).call_status == 180; }, w[0] + " hears no ringing", s.within(w));
       }},
      {"NAME answers",
       [](Story& s, const Words& w) {
         s.expect([&] { return s.phone(w[0]).is_invited; }, w[0] + " gets no INVITE", s.patience_);
         s.phone(w[0]).answer();
       }},
      {"NAME answers with nonsense", [](Story& s, const Words& w) { s.phone(w[0]).answer_nonsense(); }},
      {"NAME rejects STATUS", [](Story& s, const Words& w) { s.phone(w[0]).reject(parse_number(w[2])); }},
      {"NAME redirects to URI", [](Story& s, const Words& w) { s.phone(w[0]).redirect(w[3]); }},
      {"NAME is left alone",
       [](Story& s, const Words& w) {
         if (!s.phone(w[0]).caller.empty()) throw Disappointment{w[0] + " was called"};
       }},
      {"NAME is answered ...",
       [](Story& s, const Words& w) {
         s.expect([&] { return s.phone(w[0]).is_answered; }, w[0] + " is not answered", s.within(w));
       }},
      {"NAME is refused STATUS ...",
       [](Story& s, const Words& w) {
         s.expect([&] { return s.phone(w[0]).call_status >= 300; }, w[0] + " is not refused", s.within(w));
         if (s.phone(w[0]).call_status != parse_number(w[3]))
           throw Disappointment{fmt::format("{} is refused {}", w[0], s.phone(w[0]).call_status)};
       }},
      {"NAME stops ringing elsewhere",
       [](Story& s, const Words& w) {
         s.expect([&] { return s.phone(w[0]).is_cancelled; }, w[0] + " rings on", s.patience_);
         const std::string& reason = s.phone(w[0]).cancel_reason;
         if (reason.find("cause=200") == std::string::npos) throw Disappointment{"the CANCEL says " + reason};
       }},
      {"NAME stops ringing because REASON",
       [](Story& s, const Words& w) {
         s.expect([&] { return s.phone(w[0]).is_cancelled; }, w[0] + " rings on", s.patience_);
         const std::string& reason = s.phone(w[0]).cancel_reason;
         if (!reason.starts_with(w[4])) throw Disappointment{"the CANCEL says " + reason};
       }},
      {"NAME stops ringing",
       [](Story& s, const Words& w) {
         s.expect([&] { return s.phone(w[0]).is_cancelled; }, w[0] + " rings on", s.patience_);
         if (!s.phone(w[0]).cancel_reason.empty()) throw Disappointment{"the CANCEL says " + s.phone(w[0]).cancel_reason};
       }},

      {"NAME talks with OTHER",
       [](Story& s, const Words& w) {
         s.talk(w[0], w[3], true);
         s.talk(w[3], w[0], true);
       }},
      {"NAME hears OTHER", [](Story& s, const Words& w) { s.talk(w[2], w[0], true); }},
      {"NAME does not hear OTHER", [](Story& s, const Words& w) { s.talk(w[4], w[0], false); }},
      {"NAME offers DIRECTION", [](Story& s, const Words& w) { s.phone(w[0]).change(w[2]); }},
      {"NAME transfers to NUMBER", [](Story& s, const Words& w) { s.phone(w[0]).transfer(w[3]); }},
      {"NAME transfers to NUMBER without news",
       [](Story& s, const Words& w) { s.phone(w[0]).transfer(w[3], nullptr, false); }},
      {"NAME transfers to call of OTHER", [](Story& s, const Words& w) { s.phone(w[0]).transfer("anybody", &s.phone(w[5])); }},
      {"NAME hears that transfer is STATUS ...",
       [](Story& s, const Words& w) {
         s.expect([&] { return s.phone(w[0]).transfer_status == parse_number(w[5]); },
                  fmt::format("{} hears {} of the transfer", w[0], s.phone(w[0]).transfer_status), s.within(w));
       }},
      {"NAME hears nothing of the transfer",
       [](Story& s, const Words& w) {
         if (s.phone(w[0]).transfer_status != 0) throw Disappointment{w[0] + " hears of the transfer"};
       }},
      {"NAME updates DIRECTION", [](Story& s, const Words& w) { s.phone(w[0]).update(w[2]); }},
      {"NAME asks for an offer", [](Story& s, const Words& w) { s.phone(w[0]).ask_offer(); }},
      {"NAME takes it back", [](Story& s, const Words& w) { s.phone(w[0]).cancel_change(); }},
      {"NAME is asked for an offer",
       [](Story& s, const Words& w) {
         s.expect([&] { return s.phone(w[0]).is_offer_wanted; }, w[0] + " is not asked", s.patience_);
       }},
      {"NAME is refreshed COUNT times within TIME",
       [](Story& s, const Words& w) {
         s.expect([&] { return s.phone(w[0]).refreshes >= parse_number(w[3]); }, w[0] + " gets fewer", parse_duration(w[6]));
       }},
      {"NAME refuses refreshes with STATUS",
       [](Story& s, const Words& w) { s.phone(w[0]).refuse_refreshes(parse_number(w[4])); }},
      {"NAME is offered nothing",
       [](Story& s, const Words& w) {
         if (s.phone(w[0]).is_change_wanted || s.phone(w[0]).refreshes != 0) throw Disappointment{w[0] + " is offered something"};
       }},
      {"NAME is offered DIRECTION within TIME",
       [](Story& s, const Words& w) {
         s.expect([&] { return s.phone(w[0]).is_change_wanted; }, w[0] + " gets no re-INVITE", parse_duration(w[5]));
         if (s.phone(w[0]).wanted_direction != w[3])
           throw Disappointment{fmt::format("{} is offered {}", w[0], s.phone(w[0]).wanted_direction)};
       }},
      {"NAME is offered DIRECTION",
       [](Story& s, const Words& w) {
         s.expect([&] { return s.phone(w[0]).is_change_wanted; }, w[0] + " gets no re-INVITE", s.patience_);
         if (s.phone(w[0]).wanted_direction != w[3])
           throw Disappointment{fmt::format("{} is offered {}", w[0], s.phone(w[0]).wanted_direction)};
       }},
      {"NAME accepts", [](Story& s, const Words& w) { s.phone(w[0]).accept_change(200); }},
      {"NAME refuses with STATUS", [](Story& s, const Words& w) { s.phone(w[0]).accept_change(parse_number(w[3])); }},
      {"NAME gets digit DIGIT",
       [](Story& s, const Words& w) {
         s.expect([&] { return s.phone(w[0]).digit == w[3].front(); }, w[0] + " gets no such digit", s.patience_);
       }},
      {"NAME gets STATUS DIRECTION",
       [](Story& s, const Words& w) {
         s.expect([&] { return s.phone(w[0]).call_status >= 200; }, w[0] + " gets no answer", s.patience_);
         const Phone& phone = s.phone(w[0]);
         if (phone.call_status != parse_number(w[2]) || phone.agreed_direction != w[3])
           throw Disappointment{fmt::format("{} gets {} {}", w[0], phone.call_status, phone.agreed_direction)};
       }},
      {"NAME gets STATUS",
       [](Story& s, const Words& w) {
         s.expect([&] { return s.phone(w[0]).call_status >= 200; }, w[0] + " gets no answer", s.patience_);
         if (s.phone(w[0]).call_status != parse_number(w[2]))
           throw Disappointment{fmt::format("{} gets {}", w[0], s.phone(w[0]).call_status)};
       }},
      {"NAME presses DIGIT COUNT times at once",
       [](Story& s, const Words& w) {
         for (int i = 0; i < parse_number(w[3]); ++i) s.phone(w[0]).press(w[2].front());
       }},
      {"NAME presses nothing", [](Story& s, const Words& w) { s.phone(w[0]).press(0); }},
      {"NAME presses DIGIT", [](Story& s, const Words& w) { s.phone(w[0]).press(w[2].front()); }},
      {"NAME hangs up because REASON",
       [](Story& s, const Words& w) {
         s.phone(w[0]).say(w[4]);
         s.phone(w[0]).hang_up();
       }},
      {"NAME is told REASON",
       [](Story& s, const Words& w) {
         const Phone& phone = s.phone(w[0]);
         s.expect([&] { return phone.hang_up_reason == w[3] || phone.cancel_reason == w[3]; },
                  fmt::format("{} is told '{}' '{}'", w[0], phone.hang_up_reason, phone.cancel_reason), s.patience_);
       }},
      {"NAME has hung up",
       [](Story& s, const Words& w) {
         const int& status = s.phone(w[0]).hang_up_status;
         s.expect([&] { return status == 200 || status == 481; }, fmt::format("{} gets {}", w[0], status), s.patience_);
       }},
      {"NAME hangs up", [](Story& s, const Words& w) { s.phone(w[0]).hang_up(); }},
      {"NAME is hung up ...",
       [](Story& s, const Words& w) {
         s.expect([&] { return s.phone(w[0]).is_hung_up; }, w[0] + " is not hung up", s.within(w));
       }},
      {"record CALLER -> CALLEE STATUS ...", [](Story& s, const Words& w) { s.expect_record(w); }},
  };
  return all;
}

}  // namespace carillon::flows
