// SPDX-License-Identifier: Apache-2.0
#include "controller/cli/trust_examination.h"

#include "controller/base/text.h"
#include "controller/cli/sources.h"
#include "controller/git/location.h"
#include "controller/git/mirror.h"
#include "controller/git/repository.h"

namespace mooring::cli {
namespace {

using Verdict = TrustFinding::Verdict;

/// What the source is at, by what is on this machine.
Result<Revision> NewestHere(const Config& config, const SourceConfig& source,
                            const std::stop_token& stop) {
  if (!git::IsRemote(source.url)) return MakeSource(source, "", {})->Poll(stop);
  MOORING_TRY(const auto mirror, git::Repository::Open(LocationOf(config, source)));
  MOORING_TRY(std::string commit, mirror->Resolve(git::kFollowedRef));
  return Revision{source.commit.empty() ? (source.tag.empty() ? source.branch : source.tag) : "",
                  std::move(commit)};
}

TrustFinding ExamineNewest(const Config& config, const SourceConfig& source,
                           const std::stop_token& stop) {
  const auto newest = NewestHere(config, source, stop);
  if (!newest) {
    return {Verdict::kNote, fmt::format("{}: nothing of it is on this machine yet, so that no "
                                        "signature could be tried",
                                        source.name)};
  }
  SystemClock clock;
  const auto signer = MakeVerifier(config, source, clock)->Verify(*newest, {}, stop);
  if (!signer) return {Verdict::kBad, source.name + ": " + signer.error().ToString()};
  return {Verdict::kGood,
          fmt::format("{}: {} is signed by {}", source.name, newest->ToShortString(), *signer)};
}

}  // namespace

std::vector<TrustFinding> ExamineTrust(const Config& config, const std::stop_token& stop) {
  std::vector<TrustFinding> findings;
  for (const SourceConfig& source : config.sources) {
    if (!source.verify.IsAsked()) continue;
    const std::vector<Error> problems = SignatureCheck(TrustedBy(source)).Problems();
    for (const Error& problem : problems)
      findings.push_back({Verdict::kBad, source.name + ": " + problem.ToString()});
    if (problems.empty()) findings.push_back(ExamineNewest(config, source, stop));
  }
  return findings;
}

}  // namespace mooring::cli
