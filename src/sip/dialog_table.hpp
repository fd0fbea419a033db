// SPDX-License-Identifier: GPL-3.0-or-later
// Finds the dialog of a request by its identifiers, never by its source (rulings 4). Bounded; owns nothing.
#pragma once

#include <cstddef>
#include <functional>
#include <string>
#include <string_view>
#include <unordered_map>

#include "sip/dialog.hpp"
#include "sip/transaction.hpp"

namespace carillon::sip {

/// All dialogs of a shard. A dialog is added by its owner when it has a tag of ours, and removed before it is destroyed or moved.
class DialogTable {
 public:
  /// Whoever owns a dialog: a leg. Called by `agent`, after it has found the dialog here.
  class Owner {
   public:
    /// A request within the dialog, its CSeq checked: answer it through the table of transactions.
    virtual void on_request(Dialog& dialog, ServerTransaction& transaction, const Message& request) = 0;
    /// The ACK of the 2xx to the peer's last INVITE; again for each repeated 2xx.
    virtual void on_ack(Dialog& dialog, const Message& ack) = 0;

   protected:
    ~Owner() = default;
  };

  explicit DialogTable(std::size_t dialogs_max = 200'000) : dialogs_max_(dialogs_max) {}

  struct Found {
    Dialog* dialog = nullptr;
    Owner* owner = nullptr;
    explicit operator bool() const { return dialog != nullptr; }
  };

  /// False when the table is full.
  bool add(Dialog& dialog, Owner& owner);
  void remove(const Dialog& dialog);

  /// The dialog of a request (its To tag is ours) or of a response (its From tag is ours); nothing is 481 for a request.
  Found find(const Message& message) const;

  /// By identifiers, as Replaces names them (RFC 3891 §3): our tag, then the peer's.
  Found find(std::string_view call_id, std::string_view local_tag, std::string_view remote_tag) const;

  std::size_t size() const { return dialogs_.size(); }

 private:
  std::size_t dialogs_max_;
  struct TagHash {
    using is_transparent = void;
    std::size_t operator()(std::string_view tag) const { return std::hash<std::string_view>()(tag); }
  };
  /// By local tag, which the branches of a fork share.
  std::unordered_multimap<std::string, Found, TagHash, std::equal_to<>> dialogs_;
};

}  // namespace carillon::sip
