// SPDX-License-Identifier: Apache-2.0
#include "controller/source/git_source.h"

#include "controller/git/mirror.h"
#include "controller/resource/reasons.h"
#include "controller/source/git_artifact.h"
#include "controller/source/input_rules.h"

namespace mooring {
namespace {

Status CheckStop(const std::stop_token& stop) {
  if (!stop.stop_requested()) return {};
  return Fail(ErrorCode::kCancelled, "read the source: stopping");
}

}  // namespace

Result<Revision> GitSource::Poll(std::stop_token stop) {
  MOORING_RETURN_IF_ERROR(CheckStop(stop));
  auto revision = Resolve(stop);
  if (!revision) return std::unexpected(revision.error().WithReason(reason::kSourceUnreachable));
  return revision;
}

Result<Revision> GitSource::Resolve(const std::stop_token& stop) {
  if (options_.remote) {
    MOORING_TRY(git::FetchResult fetched, options_.remote->Update(stop));
    // libgit2 knows packs by their path, and one that is still open would stand for the new one.
    if (!fetched.replaced.empty()) last_.With([](auto& kept) { kept = nullptr; });
    const std::string& name = !options_.tag.empty() ? options_.tag : options_.branch;
    return Revision{options_.commit.empty() ? name : "", std::move(fetched.commit)};
  }
  MOORING_TRY(const auto repository, git::Repository::Open(options_.url));
  return NewestIn(*repository);
}

Result<Revision> GitSource::NewestIn(const git::Repository& repository) const {
  if (!options_.commit.empty()) {
    MOORING_TRY(std::string commit, repository.Resolve(options_.commit));
    return Revision{"", std::move(commit)};
  }
  const std::string& name = !options_.tag.empty() ? options_.tag : options_.branch;
  auto commit = options_.remote         ? repository.Resolve(git::kFollowedRef)
                : !options_.tag.empty() ? repository.ResolveTag(name)
                                        : repository.ResolveBranch(name);
  if (!commit) return std::unexpected(std::move(commit).error());
  return Revision{name, *std::move(commit)};
}

Result<Revision> GitSource::FindInHistory(const std::string& name) const {
  MOORING_TRY(const auto repository, git::Repository::Open(location()));
  MOORING_TRY(const Revision newest, NewestIn(*repository));
  const bool of_head = name == "HEAD" || name.starts_with("HEAD~") || name.starts_with("HEAD^");
  auto commit = repository->Resolve(of_head ? newest.commit + name.substr(4) : name);
  if (!commit && options_.remote && commit.error().code() == ErrorCode::kNotFound) {
    return Fail(ErrorCode::kNotFound,
                fmt::format("{}: the mirror of {} has no such commit or tag as of its last look at "
                            "the server; look again with: mooring reconcile --with-source, or name "
                            "the commit by its id, or as HEAD~1",
                            name, newest.branch));
  }
  if (!commit && of_head && commit.error().code() == ErrorCode::kNotFound) {
    return Fail(ErrorCode::kNotFound, fmt::format("{}: the history of {} does not go back so far",
                                                  name, newest.ToShortString()));
  }
  if (!commit) return std::unexpected(std::move(commit).error());
  MOORING_TRY(const bool followed, repository->IsInHistory(*commit, newest.commit));
  if (followed) return Revision{newest.branch, *std::move(commit)};
  return Fail(ErrorCode::kFailedPrecondition,
              fmt::format("{} is not in the history of {}, which is followed; merge it there first",
                          git::ShortId(*commit), newest.ToShortString()));
}

Result<std::shared_ptr<const Artifact>> GitSource::Fetch(const Revision& revision,
                                                         std::stop_token stop) {
  MOORING_TRY(const std::string folder, NormalizeFolder(options_.path));
  auto repository = git::Repository::Open(location());
  if (!repository)
    return std::unexpected(repository.error().WithReason(reason::kSourceUnreachable));
  const auto last = last_.With([](const auto& artifact) { return artifact; });
  auto artifact = GitArtifact::Load(*std::move(repository), revision, folder, options_.ignore,
                                    options_.limits, last.get(), stop);
  if (!artifact) {
    const bool missing = artifact.error().code() == ErrorCode::kNotFound;
    return std::unexpected(missing ? artifact.error().WithReason(reason::kSourceEmpty)
                                   : artifact.error());
  }
  last_.With([&](auto& kept) { kept = *artifact; });
  return *artifact;
}

Result<bool> GitSource::GoesOn(const Revision& before, const Revision& after) {
  MOORING_TRY(const auto repository, git::Repository::Open(location()));
  return repository->IsInHistory(before.commit, after.commit);
}

void GitSource::Distrust() {
  if (options_.remote) options_.remote->Distrust();
}

}  // namespace mooring
