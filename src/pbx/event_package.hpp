// SPDX-License-Identifier: GPL-3.0-or-later
// What phones can watch. Each event package (RFC 6665 §4.5, §7.2) is one file that says who may watch what, and how it reads.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

#include "directory/snapshot.hpp"

namespace carillon::pbx {

/// Something that can be watched: a line, a mailbox. Within its package, unique on the platform.
using Resource = std::int64_t;

class EventPackage {
 public:
  /// As in Event: "dialog".
  virtual std::string_view name() const = 0;
  /// Of the bodies; of static life.
  virtual std::string_view content_type() const = 0;

  struct Found {
    int status = 404;  ///< 200; 403: there is such a thing, and it is not for this watcher.
    Resource resource = 0;
  };
  /// What the user part of a SUBSCRIBE's address names, for a device of the same customer. Asked again whenever the
  /// configuration changes.
  virtual Found find(const directory::Customer& customer, const directory::Terminal& watcher, std::string_view user) const = 0;

  /// Appends the whole state. `entity` is the address that the watcher asked for, `version` counts its notifications from 0.
  virtual void write(Resource resource, std::string_view entity, std::uint32_t version, std::string& body) const = 0;

 protected:
  ~EventPackage() = default;
};

}  // namespace carillon::pbx
