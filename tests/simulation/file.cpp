// SPDX-License-Identifier: GPL-3.0-or-later
// journal/file.hpp over the simulated disk: what a program of the simulation has in place of src/journal/file.cpp.
#include "journal/file.hpp"

#include <map>

#include "simulation/disk.hpp"

namespace carillon::journal {
namespace {

using simulation::Disk;
using simulation::the_disk;

std::map<int, Disk::NodePointer> open_files;
int next_descriptor = 3;

std::unexpected<Error> disk_failure() {
  if (the_disk->is_full) return failure(Fault::no_space, "the simulated disk is full");
  return failure(Fault::io, "the simulated disk failed");
}

Result<> done(bool is_well) {
  if (!is_well) return disk_failure();
  return {};
}

}  // namespace

Result<File> File::open(const std::filesystem::path& path, Mode mode) {
  Disk::NodePointer node = mode == Mode::replace ? nullptr : the_disk->find(path.string());
  if (!node && (mode == Mode::append || mode == Mode::replace)) node = the_disk->create(path.string());
  if (!node && the_disk->is_frozen) node = std::make_shared<Disk::Node>();
  if (!node) return failure(Fault::io, fmt::format("there is no {}", path.string()));
  open_files[next_descriptor] = std::move(node);
  return File(next_descriptor++);
}

File::~File() {
  open_files.erase(descriptor_);
}

Result<> File::write(std::string_view bytes) {
  Disk::Node& node = *open_files.at(descriptor_);
  return done(the_disk->write(node, node.content.size(), bytes));
}

Result<> File::write_at(std::uint64_t offset, std::string_view bytes) {
  return done(the_disk->write(*open_files.at(descriptor_), offset, bytes));
}

Result<> File::sync() {
  return done(the_disk->sync(open_files.at(descriptor_)));
}

Result<> File::truncate(std::uint64_t size) {
  return done(the_disk->truncate(*open_files.at(descriptor_), size));
}

Result<> File::allocate(std::uint64_t size) {
  Disk::Node& node = *open_files.at(descriptor_);
  const std::size_t before = node.content.size();
  return done(size <= before || the_disk->write(node, before, std::string(size - before, '\0')));
}

void File::try_truncate(std::uint64_t size) {
  (void)the_disk->truncate(*open_files.at(descriptor_), size);
}

Result<std::size_t> File::read(std::uint64_t offset, std::size_t most, std::string& out) const {
  const std::string& content = open_files.at(descriptor_)->content;
  if (offset >= content.size()) return 0;
  const std::string_view bytes = std::string_view(content).substr(offset, most);
  out.append(bytes);
  return bytes.size();
}

Result<> sync_directory(const std::filesystem::path&) {
  return done(the_disk->sync_names());
}

Result<> rename_file(const std::filesystem::path& from, const std::filesystem::path& to) {
  return done(the_disk->rename(from.string(), to.string()));
}

Result<> make_directory(const std::filesystem::path&) {
  return {};
}

std::optional<std::uint64_t> size_of(const std::filesystem::path& path) {
  const Disk::NodePointer node = the_disk->find(path.string());
  return node ? std::optional<std::uint64_t>(node->content.size()) : std::nullopt;
}

std::optional<std::uint64_t> free_space(const std::filesystem::path&) {
  return the_disk->is_full ? 0 : std::uint64_t{1} << 40;
}

bool file_exists(const std::filesystem::path& path) {
  return the_disk->find(path.string()) != nullptr;
}

Result<std::vector<std::string>> list_directory(const std::filesystem::path& directory) {
  return the_disk->list(directory.string());
}

Result<> remove_file(const std::filesystem::path& path) {
  the_disk->remove(path.string());
  return {};
}

}  // namespace carillon::journal
