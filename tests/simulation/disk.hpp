// SPDX-License-Identifier: GPL-3.0-or-later
// A disk in memory for processes that are killed and machines that lose power. journal/file.hpp is its door: the simulation links
// tests/simulation/file.cpp in place of src/journal/file.cpp, so the journal's own code runs on it unchanged.
#pragma once

#include <cstdint>
#include <functional>
#include <map>
#include <memory>
#include <random>
#include <string>
#include <string_view>
#include <vector>

namespace carillon::simulation {

class Disk {
 public:
  /// One file's bytes, as a reader sees them now, and what a loss of power could still undo.
  struct Node {
    struct Change {
      std::size_t offset;
      std::string before;       ///< What stood there.
      std::size_t size_before;  ///< Of the whole file.
      std::size_t written;
    };
    std::string content;
    std::vector<Change> unsynced;
    std::vector<Change> doubtful;  ///< A flush of these has failed: no later one proves them.
  };
  using NodePointer = std::shared_ptr<Node>;

  explicit Disk(std::uint64_t seed) : random_(seed) {}
  /// Told of each file whose content and name are durable now.
  std::function<void(const std::string& path, const NodePointer& node)> on_sync = [](const auto&, const auto&) {};

  // ---- What can go wrong ----

  /// Shares of writes and flushes that fail.
  double failing_writes = 0;
  double failing_syncs = 0;
  double failing_name_syncs = 0;
  bool is_full = false;    ///< No file can grow.
  bool is_frozen = false;  ///< The process that writes is dead: nothing it does has an effect.
  /// Everything not flushed is written, torn or lost; names too.
  void lose_power();

  // ---- Files ----

  NodePointer find(const std::string& path) const;
  NodePointer create(const std::string& path);  ///< An empty file, in place of what had this name.
  bool write(Node& node, std::size_t offset, std::string_view bytes);
  bool sync(const NodePointer& node);
  bool truncate(Node& node, std::size_t size);
  bool rename(const std::string& from, const std::string& to);
  void remove(const std::string& path);
  bool sync_names();
  std::vector<std::string> list(const std::string& directory) const;

 private:
  bool fails(double share) { return share > 0 && static_cast<double>(random_() >> 11) * 0x1p-53 < share; }
  void tell(const std::pair<const std::string, NodePointer>& named);
  void change(Node& node, std::size_t offset, std::size_t size);
  static void undo(Node& node, const Node::Change& change);

  std::mt19937_64 random_;
  std::map<std::string, NodePointer> names_;
  std::map<std::string, NodePointer> durable_names_;
};

/// The disk of this thread's simulation: journal/file.hpp has no place to say which. Null between simulations.
extern Disk* the_disk;

}  // namespace carillon::simulation
