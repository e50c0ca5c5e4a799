// SPDX-License-Identifier: Apache-2.0
// Which images Mooring pulled for an App, and which versions each of its services ran: what may be
// removed one day. Lives in the App's status; where that is lost, images stay. Values; pure.
#pragma once

#include <map>
#include <set>
#include <string>
#include <vector>

#include "controller/resource/resource.h"

namespace mooring::docker {

struct KnownImage {
  std::string reference;  ///< as the spec asked for it
  std::string id;
  bool operator==(const KnownImage&) const = default;
};

class ImageHistory {
 public:
  /// `details` of the App's status; null: nothing is known.
  explicit ImageHistory(const Json* details);

  /// A pull is planned. What nobody pulled for the App is never removed.
  void NotePull(const std::string& reference) { pulled_.insert(reference); }
  /// These services there are, run these now, and are well.
  void NoteUse(const std::map<std::string, KnownImage>& by_service);
  /// Forgets and gives what is older than the newest and `keep` others of each service, or of a
  /// service that is no more, and no service keeps.
  std::vector<KnownImage> TakeObsolete(int keep);

  /// For the status; empty when there is nothing to remember.
  Json ToJson() const;

 private:
  std::set<std::string> pulled_;                             ///< and not seen in use yet
  std::map<std::string, std::vector<KnownImage>> versions_;  ///< by service, newest first
  std::set<std::string> services_;                           ///< that there are
};

}  // namespace mooring::docker
