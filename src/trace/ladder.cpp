// SPDX-License-Identifier: GPL-3.0-or-later
// A story drawn as text: time on the left, the platform and each peer as a column, messages as arrows between them.
#include <algorithm>

#include "trace/story.hpp"

namespace carillon::trace {

namespace {

constexpr std::size_t time_width = 12;
constexpr std::size_t column_width = 34;
constexpr std::size_t columns_max = 6;

/// What came from the network must not play with the terminal.
std::string printable(std::string_view text, std::size_t most) {
  std::string shown;
  for (const char c : text) {
    if (shown.size() == most) break;
    shown += static_cast<unsigned char>(c) < 0x20 || static_cast<unsigned char>(c) >= 0x7f ? '?' : c;
  }
  return shown;
}

/// The time of day in UTC: 12:34:56.123.
std::string time_of_day(Instant at) {
  const auto millis = std::chrono::duration_cast<std::chrono::milliseconds>(at.time_since_epoch()).count() % 86'400'000;
  const auto seconds = millis / 1000;
  return fmt::format("{:02}:{:02}:{:02}.{:03}", seconds / 3600, seconds / 60 % 60, seconds % 60, millis % 1000);
}

/// The peers in the order in which they come; what finds no place any more shares the last.
std::vector<std::string> peers_of(std::span<const model::TraceItem> story) {
  std::vector<std::string> peers;
  for (const model::TraceItem& item : story) {
    if (item.kind != model::TraceKind::sip) continue;
    const std::string& peer = item.direction == model::TraceDirection::in ? item.from : item.to;
    if (std::ranges::find(peers, peer) != peers.end()) continue;
    if (peers.size() + 1 == columns_max) {
      peers.back() = "others";
      break;
    }
    peers.push_back(peer);
  }
  return peers;
}

/// The first peer stands left of the platform, the others right of it.
class Drawing {
 public:
  explicit Drawing(std::vector<std::string> peers) : peers_(std::move(peers)) {
    out_ = std::string(time_width, ' ');
    for (std::size_t i = 0; i <= peers_.size() && !peers_.empty(); ++i) {
      const std::string name = i == platform ? "Carillon" : peers_[i == 0 ? 0 : i - 1];
      out_ += fmt::format("  {:<{}}", printable(name, column_width - 3), column_width - 2);
    }
    end_line();
  }

  void message(const model::TraceItem& item) {
    const bool is_in = item.direction == model::TraceDirection::in;
    const std::size_t peer = column_of(is_in ? item.from : item.to);
    std::string line(columns() * column_width, ' ');
    for (std::size_t i = 0; i < columns(); ++i) line[i * column_width + 2] = '|';
    const std::size_t left = std::min(peer, platform) * column_width + 3;
    const std::size_t right = std::max(peer, platform) * column_width + 2;
    const bool points_right = (peer < platform) == is_in;
    std::fill(line.begin() + static_cast<std::ptrdiff_t>(left), line.begin() + static_cast<std::ptrdiff_t>(right), '-');
    line[points_right ? right - 1 : left] = points_right ? '>' : '<';
    const std::string text = " " + printable(item.summary, right - left - 6) + " ";
    line.replace(left + 2, text.size(), text);
    out_ += time_of_day(item.at) + line;
    end_line();
  }

  void remark(const model::TraceItem& item) {
    std::string what = item.kind == model::TraceKind::quality ? "media" : "why";
    if (!item.from.empty()) what += " from " + item.from;
    std::string_view rest = item.summary;
    while (!rest.empty()) {
      const std::string_view line = rest.substr(0, rest.find('\n'));
      rest.remove_prefix(std::min(line.size() + 1, rest.size()));
      out_ += fmt::format("{}  * {}: {}", time_of_day(item.at), what, printable(line, 400));
      end_line();
    }
  }

  std::string take() { return std::move(out_); }

 private:
  static constexpr std::size_t platform = 1;
  std::size_t columns() const { return peers_.size() + 1; }
  std::size_t column_of(const std::string& peer) const {
    const auto index = std::min(static_cast<std::size_t>(std::ranges::find(peers_, peer) - peers_.begin()), peers_.size() - 1);
    return index == 0 ? 0 : index + 1;
  }
  void end_line() {
    out_.erase(out_.find_last_not_of(' ') + 1);
    out_ += '\n';
  }

  std::vector<std::string> peers_;
  std::string out_;
};

}  // namespace

std::string draw_ladder(std::span<const model::TraceItem> story) {
  Drawing drawing(peers_of(story));
  for (const model::TraceItem& item : story) {
    if (item.kind == model::TraceKind::sip)
      drawing.message(item);
    else
      drawing.remark(item);
  }
  return drawing.take();
}

}  // namespace carillon::trace
