// SPDX-License-Identifier: Apache-2.0
// A repository on a server, kept as a bare mirror on this machine. A child process fetches, because
// libgit2 has no deadlines; nothing here connects anywhere. Thread-safe: one update at a time.
#pragma once

#include <functional>
#include <mutex>
#include <stop_token>
#include <string>

#include "controller/base/clock.h"
#include "controller/base/error.h"
#include "controller/git/fetch.h"
#include "controller/process/child.h"

namespace mooring {

class RemoteMirror {
 public:
  /// Silence of this many timeouts in all, however busy: a large first clone over a slow link is
  /// fine, a server that drips for ever is not.
  static constexpr int kTotalTimeouts = 10;

  using Run =
      std::function<Result<process::Outcome>(const process::Command&, const std::stop_token&)>;
  struct Options {
    git::FetchRequest request;                    ///< `anew` and `only_look` are ours to set
    Duration timeout = std::chrono::seconds(30);  ///< of silence
    std::string program = "/proc/self/exe";       ///< the mooring binary
    /// Told when the mirror had to be cloned again, and why.
    std::function<void(const std::string&)> on_replaced = [](const std::string&) {};
    Run run = process::RunChild;
  };
  explicit RemoteMirror(Options options) : options_(std::move(options)) {}

  const std::string& path() const { return options_.request.mirror; }
  /// The server as people may see it.
  std::string Display() const;

  /// Brings the mirror up to date. A commit that is asked for by its id is not asked for again once
  /// it is here. DeadlineExceeded, Cancelled, or what git::Fetch says.
  Result<git::FetchResult> Update(const std::stop_token& stop);
  /// Only asks the server which commit it is; the mirror is not touched.
  Result<std::string> Look(const std::stop_token& stop);
  /// The mirror is damaged: the next update clones it again.
  void Distrust();

 private:
  Result<git::FetchResult> RunFetch(git::FetchRequest request, const std::stop_token& stop) const;
  Error Describe(const process::Cut& cut) const;

  const Options options_;
  std::mutex mutex_;
  bool distrusted_ = false;
  bool has_commit_ = false;  ///< the commit that is asked for by its id is in the mirror
};

}  // namespace mooring
