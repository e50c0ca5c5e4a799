// SPDX-License-Identifier: Apache-2.0
#include "controller/source/remote_mirror.h"

#include "controller/base/text.h"
#include "controller/git/fetch_protocol.h"
#include "controller/git/location.h"

namespace mooring {
namespace {

/// What a Git client needs to know of the machine; nothing else of our environment goes along.
const std::vector<std::string>& PassedOn() {
  static const std::vector<std::string> kNames = {
      "PATH",     "LANG",     "SSL_CERT_FILE", "https_proxy",  "HTTPS_PROXY",
      "no_proxy", "NO_PROXY", "TSAN_OPTIONS",  "ASAN_OPTIONS", "LSAN_OPTIONS"};
  return kNames;
}

std::string LastLine(const std::string& text) {
  std::vector<std::string> lines = Split(text, '\n');
  std::erase(lines, "");
  return lines.empty() ? "it had not begun" : lines.back();
}

}  // namespace

std::string RemoteMirror::Display() const {
  const auto url = git::ParseRemoteUrl(options_.request.url);
  return url ? url->Display() : "the repository";
}

Error RemoteMirror::Describe(const process::Cut& cut) const {
  const std::string doing = "fetch " + Display();
  const std::string last = LastLine(cut.errors);
  switch (cut.cause) {
    case process::Cut::Cause::kStopped:
      return {ErrorCode::kCancelled, doing + ": stopping"};
    case process::Cut::Cause::kSilence:
      return {ErrorCode::kDeadlineExceeded,
              fmt::format("{}: timed out after {} of silence; the last sign was: {}", doing,
                          FormatElapsed(options_.timeout), last)};
    case process::Cut::Cause::kTotal:
      return {ErrorCode::kDeadlineExceeded,
              fmt::format("{}: not done after {}, which is {} x the source's timeout; the last "
                          "sign was: {}; give it a longer timeout if the link is slow",
                          doing, FormatElapsed(kTotalTimeouts * options_.timeout), kTotalTimeouts,
                          last)};
    case process::Cut::Cause::kOutput:
      break;
  }
  return {ErrorCode::kInternal, doing + ": the fetch process said too much"};
}

Result<git::FetchResult> RemoteMirror::RunFetch(git::FetchRequest request,
                                                const std::stop_token& stop) const {
  const auto outcome = options_.run({.program = options_.program,
                                     .arguments = {"mooring", git::kFetchCommand},
                                     .environment = process::PassOn(PassedOn()),
                                     .input = git::EncodeRequest(request),
                                     .total = kTotalTimeouts * options_.timeout,
                                     .silence = options_.timeout},
                                    stop);
  if (!outcome) return std::unexpected(outcome.error().WithContext("fetch " + Display()));
  if (!outcome->has_value()) return std::unexpected(Describe(outcome->error()));
  const process::Ended& ended = **outcome;
  if (ended.signal != 0) {
    return Fail(
        ErrorCode::kUnavailable,
        fmt::format("fetch {}: the fetch process was ended by signal {}; its last words: {}",
                    Display(), ended.signal, LastLine(ended.errors)));
  }
  return git::DecodeResult(ended.output);
}

Result<git::FetchResult> RemoteMirror::Update(const std::stop_token& stop) {
  const std::scoped_lock lock(mutex_);
  git::FetchRequest request = options_.request;
  if (has_commit_ && !distrusted_) return git::FetchResult{request.commit, "", 0};
  request.anew = distrusted_;
  MOORING_TRY(git::FetchResult fetched, RunFetch(std::move(request), stop));
  distrusted_ = false;
  has_commit_ = !options_.request.commit.empty();
  if (!fetched.replaced.empty()) options_.on_replaced(fetched.replaced);
  return fetched;
}

Result<std::string> RemoteMirror::Look(const std::stop_token& stop) {
  git::FetchRequest request = options_.request;
  request.only_look = true;
  MOORING_TRY(git::FetchResult seen, RunFetch(std::move(request), stop));
  return std::move(seen.commit);
}

void RemoteMirror::Distrust() {
  const std::scoped_lock lock(mutex_);
  distrusted_ = true;
}

}  // namespace mooring
