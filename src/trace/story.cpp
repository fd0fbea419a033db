// SPDX-License-Identifier: GPL-3.0-or-later
// Looking a call up, and putting it in order.
#include "trace/story.hpp"

#include <algorithm>
#include <list>

#include "base/utf8.hpp"
#include "trace/recorder.hpp"

namespace carillon::trace {

namespace {

constexpr std::size_t longest_summary = 4096;  // As its declaration says.
constexpr std::string_view transport_names[] = {"udp", "tcp", "tls", "ws", "wss"};

std::string_view first_line(std::string_view text) {
  return text.substr(0, text.find_first_of("\r\n"));
}

std::string summary_of(std::string_view message) {
  std::string_view line = first_line(message);
  constexpr std::string_view version = "SIP/2.0 ";
  if (line.starts_with(version)) return std::string(line.substr(version.size()));
  if (line.ends_with(" SIP/2.0")) line.remove_suffix(version.size());
  return std::string(line);
}

bool is_header(std::string_view line, std::string_view name) {
  return line.size() > name.size() && std::ranges::equal(line.substr(0, name.size()), name, [](char a, char b) {
           return std::tolower(static_cast<unsigned char>(a)) == std::tolower(static_cast<unsigned char>(b));
         });
}

/// The value of the header of one of these names (with their colon); empty when it has none.
std::string_view header(std::string_view message, std::string_view name, std::string_view compact = {}) {
  while (!message.empty()) {
    const std::size_t end = std::min(message.find('\n'), message.size());
    std::string_view line = message.substr(0, end);
    message.remove_prefix(std::min(end + 1, message.size()));
    if (!line.empty() && line.back() == '\r') line.remove_suffix(1);
    if (line.empty()) return {};
    const bool is_it = is_header(line, name);
    if (!is_it && (compact.empty() || !is_header(line, compact))) continue;
    line.remove_prefix(is_it ? name.size() : compact.size());
    line.remove_prefix(std::min(line.find_first_not_of(" \t"), line.size()));
    return line;
  }
  return {};
}

/// Legs are numbered as they come: each has a Call-ID of its own.
class Legs {
 public:
  std::int64_t of(const Item& item) {
    if (item.kind == Kind::quality) return item.leg == 1 ? 1 : answered_;
    if (item.kind != Kind::sip) return 0;
    const std::string_view id = header(item.text, "call-id:", "i:");
    auto place = std::ranges::find(ids_, id);
    if (place == ids_.end()) place = ids_.insert(ids_.end(), id);
    const std::int64_t leg = place - ids_.begin() + 1;
    const bool is_answer = item.direction == Direction::in && first_line(item.text).starts_with("SIP/2.0 2") &&
                           header(item.text, "cseq:").ends_with("INVITE");
    if (is_answer && leg != 1) answered_ = leg;
    return leg;
  }

 private:
  std::vector<std::string_view> ids_;
  std::int64_t answered_ = 2;
};

model::TraceItem shown(const Item& item, Legs& legs) {
  model::TraceItem line;
  line.at = item.at;
  line.kind = static_cast<model::TraceKind>(item.kind);
  line.leg = legs.of(item);
  if (item.kind != Kind::sip) {
    if (item.kind == Kind::quality && item.remote != net::Address()) line.from = item.remote.to_string();
    line.summary = clean_text(item.text, longest_summary, true);
    return line;
  }
  const bool is_in = item.direction == Direction::in;
  line.direction = is_in ? model::TraceDirection::in : model::TraceDirection::out;
  line.from = (is_in ? item.remote : item.local).to_string();
  line.to = (is_in ? item.local : item.remote).to_string();
  line.transport = transport_names[static_cast<std::size_t>(item.transport)];
  line.summary = clean_text(summary_of(item.text), longest_summary);
  line.message = item.text;
  return line;
}

/// What was found so far, and the blocks that it points into.
struct Found {
  std::list<std::string> blocks;
  std::vector<Item> items;
  std::size_t bytes = 0;
  bool is_cut = false;

  void take(std::string block, const CallId& call, const Whose& whose) {
    blocks.push_back(std::move(block));
    std::string_view rest = blocks.back();
    const std::size_t before = items.size();
    while (auto item = take_item(rest)) {
      const bool is_theirs = item->call == call && (whose.brand == 0 || item->brand == whose.brand) &&
                             (whose.customer == 0 || item->customer == whose.customer);
      if (!is_theirs) continue;
      is_cut = is_cut || items.size() == story_items_max || bytes + item->text.size() > story_bytes_max;
      if (is_cut) return;
      bytes += item->text.size();
      items.push_back(*item);
    }
    if (items.size() == before) blocks.pop_back();
  }
};

Result<> search(const std::filesystem::path& path, const CallId& call, const Whose& whose, Found& found) {
  auto file = journal::File::open(path, journal::File::Mode::read);
  if (!file) return {};  // It was too old meanwhile.
  SegmentReader reader(std::move(*file));
  while (!found.is_cut) {
    CARILLON_TRY(block, reader.next());
    if (!block) return {};
    if (!block->holds(call)) continue;
    CARILLON_TRY(items, reader.read_items(*block));
    if (items) found.take(std::move(*items), call, whose);
  }
  return {};
}

}  // namespace

std::vector<model::TraceItem> tell(std::span<const Item> items, Audience reader) {
  // By time, and what is of one time as it came. (libstdc++'s stable_sort uses what C++20 has removed.)
  std::vector<std::pair<Instant, std::size_t>> order;
  order.reserve(items.size());
  for (const Item& item : items) order.emplace_back(item.at, order.size());
  std::ranges::sort(order);
  Legs legs;
  std::vector<model::TraceItem> story;
  story.reserve(items.size());
  const auto is_brands = [](const Item& item) { return item.audience == Audience::brand; };
  const bool hides = reader == Audience::customer && std::ranges::any_of(items, is_brands);
  for (const auto& [at, index] : order) {
    model::TraceItem line = shown(items[index], legs);  // Of all of them, as legs are counted.
    if (hides && is_brands(items[index])) continue;
    if (hides && items[index].kind == Kind::quality) line.from.clear();  // Legs change their places: any may be a carrier's.
    story.push_back(std::move(line));
  }
  return story;
}

Result<std::vector<model::TraceItem>> find_story(const std::filesystem::path& directory, const CallId& call, const Whose& whose) {
  CARILLON_TRY(paths, list_segments(directory));
  Found found;
  for (const std::filesystem::path& path : paths) {
    CARILLON_CHECK(search(path, call, whose, found));
    if (found.is_cut) break;
  }
  if (found.is_cut) {
    Item last = found.items.back();
    last.kind = Kind::decision;
    last.audience = Audience::customer;
    last.text = "the trace goes on: too long to be shown whole";
    found.items.push_back(last);
  }
  return tell(found.items, whose.reader);
}

}  // namespace carillon::trace
