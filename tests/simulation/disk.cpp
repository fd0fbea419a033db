// SPDX-License-Identifier: GPL-3.0-or-later
// What is written can be read at once and is safe once flushed; in between it depends on luck.
#include "simulation/disk.hpp"

#include <algorithm>

namespace carillon::simulation {

Disk* the_disk = nullptr;

Disk::NodePointer Disk::find(const std::string& path) const {
  const auto found = names_.find(path);
  return found == names_.end() ? nullptr : found->second;
}

Disk::NodePointer Disk::create(const std::string& path) {
  NodePointer node = std::make_shared<Node>();
  if (!is_frozen) names_[path] = node;
  return node;
}

/// Notes what a loss of power brings back.
void Disk::change(Node& node, std::size_t offset, std::size_t size) {
  const std::size_t begin = std::min(offset, node.content.size());
  node.unsynced.push_back({.offset = begin,
                           .before = node.content.substr(begin, size + (offset - begin)),
                           .size_before = node.content.size(),
                           .written = size + (offset - begin)});
}

bool Disk::write(Node& node, std::size_t offset, std::string_view bytes) {
  if (is_frozen) return true;
  const std::size_t end = offset + bytes.size();
  const bool fails_midway = fails(failing_writes);
  const bool has_no_room = is_full && end > node.content.size();
  if (fails_midway || has_no_room) {
    // Some of it may be there.
    const std::size_t room = has_no_room ? node.content.size() - std::min(offset, node.content.size()) : bytes.size();
    bytes = bytes.substr(0, random_() % (std::min(room, bytes.size()) + 1));
  }
  if (!bytes.empty()) {
    change(node, offset, bytes.size());
    if (node.content.size() < offset + bytes.size()) node.content.resize(offset + bytes.size());
    node.content.replace(offset, bytes.size(), bytes);
  }
  return !fails_midway && !has_no_room;
}

bool Disk::sync(const NodePointer& node) {
  if (is_frozen) return true;
  if (fails(failing_syncs)) {
    std::ranges::move(node->unsynced, std::back_inserter(node->doubtful));
    node->unsynced.clear();
    return false;
  }
  node->unsynced.clear();
  const auto named = std::ranges::find(durable_names_, node, &std::pair<const std::string, NodePointer>::second);
  if (named != durable_names_.end()) tell(*named);
  return true;
}

void Disk::tell(const std::pair<const std::string, NodePointer>& named) {
  const bool is_durable = named.second->unsynced.empty() && named.second->doubtful.empty();
  if (is_durable) on_sync(named.first, named.second);
}

bool Disk::truncate(Node& node, std::size_t size) {
  if (is_frozen) return true;
  if (size < node.content.size()) change(node, size, node.content.size() - size);
  node.content.resize(size);
  return true;
}

bool Disk::rename(const std::string& from, const std::string& to) {
  if (is_frozen) return true;
  const NodePointer node = find(from);
  if (!node) return false;
  names_[to] = node;
  names_.erase(from);
  return true;
}

void Disk::remove(const std::string& path) {
  if (!is_frozen) names_.erase(path);
}

bool Disk::sync_names() {
  if (is_frozen) return true;
  if (fails(failing_name_syncs)) return false;
  durable_names_ = names_;
  for (const auto& named : durable_names_) tell(named);
  return true;
}

std::vector<std::string> Disk::list(const std::string& directory) const {
  std::vector<std::string> names;
  const std::string prefix = directory + '/';
  for (const auto& [path, node] : names_)
    if (path.starts_with(prefix)) names.push_back(path.substr(prefix.size()));
  return names;
}

void Disk::undo(Node& node, const Node::Change& change) {
  const std::size_t end = std::min(change.offset + change.written, node.content.size());
  if (change.offset < end)
    node.content.replace(change.offset, std::min(end - change.offset, change.before.size()), change.before);
  if (change.before.size() < change.written && node.content.size() <= change.offset + change.written)
    node.content.resize(std::max(change.size_before, change.offset));
}

void Disk::lose_power() {
  // A name that was not flushed may be the old one or the new one.
  std::map<std::string, NodePointer> names = durable_names_;
  for (const auto& [path, node] : names_)
    if (random_() % 2 == 0) names[path] = node;
  for (const auto& [path, node] : durable_names_)
    if (!names_.contains(path) && random_() % 2 == 0) names.erase(path);
  names_ = durable_names_ = names;
  for (const auto& [path, node] : names_) {
    std::vector<Node::Change> changes = std::move(node->doubtful);
    std::ranges::move(node->unsynced, std::back_inserter(changes));
    node->doubtful.clear();
    node->unsynced.clear();
    for (auto change = changes.rbegin(); change != changes.rend(); ++change) {
      switch (random_() % 3) {
        case 0:
          undo(*node, *change);
          break;
        case 1:
          // Torn: its end did not make it.
          if (change->before.size() >= change->written && change->written > 1) {
            const std::size_t kept = random_() % change->written;
            undo(*node, {.offset = change->offset + kept,
                         .before = change->before.substr(kept),
                         .size_before = change->size_before,
                         .written = change->written - kept});
          } else {
            undo(*node, *change);
          }
          break;
        default:
          break;
      }
    }
  }
}

}  // namespace carillon::simulation
