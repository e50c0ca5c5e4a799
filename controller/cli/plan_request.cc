// SPDX-License-Identifier: Apache-2.0
#include "controller/cli/plan_request.h"

#include <algorithm>
#include <iterator>
#include <set>

#include "controller/base/text.h"
#include "controller/cli/tables.h"
#include "controller/source/input_rules.h"

namespace mooring::cli {
namespace {

std::string AllOf(const Diagnostics& diagnostics) {
  std::vector<std::string> lines;
  for (const Diagnostic& diagnostic : diagnostics) lines.push_back(diagnostic.ToString());
  return Join(lines, "\n");
}

/// The files of the request over those of the source, which are read when they are asked for.
class LaidOverTree final : public FileTree {
 public:
  LaidOverTree(std::shared_ptr<const FileTree> below, MemoryFileTree above,
               const std::set<std::string>& removed)
      : below_(std::move(below)), above_(std::move(above)) {
    std::set<std::string> hidden = removed;
    for (const Entry& entry : above_.entries()) hidden.insert(entry.path);
    std::ranges::copy_if(below_->entries(), std::back_inserter(entries_),
                         [&](const Entry& entry) { return !hidden.contains(entry.path); });
    entries_.insert(entries_.end(), above_.entries().begin(), above_.entries().end());
    std::ranges::sort(entries_, {}, &Entry::path);
  }

  const std::vector<Entry>& entries() const override { return entries_; }
  Result<std::string> Read(const Entry& entry) const override {
    auto laid = above_.Read(entry);
    return laid ? laid : below_->Read(entry);
  }

 private:
  const std::shared_ptr<const FileTree> below_;
  const MemoryFileTree above_;
  std::vector<Entry> entries_;
};

Status LayOver(const Json& files, MemoryFileTree& tree, std::set<std::string>& removed) {
  for (const auto& [path, content] : files.items()) {
    MOORING_RETURN_IF_ERROR(CheckPath(path));
    if (content.is_null()) {
      removed.insert(path);
    } else if (content.is_string()) {
      tree.Put(path, content.get<std::string>());
    } else {
      return Fail(ErrorCode::kInvalidArgument,
                  fmt::format("files: {} must have a text, or null to remove it", path));
    }
  }
  return {};
}

Result<PreviewInput> AsApplied(const Json& request, std::shared_ptr<const DesiredSet> applied) {
  if (request.contains("files") && !request["files"].empty()) {
    return Fail(
        ErrorCode::kInvalidArgument,
        "base \"applied\" takes no files; leave them out, or lay them over base \"source\"");
  }
  if (!applied) {
    return Fail(ErrorCode::kUnavailable,
                "no revision is in force yet; see why with: mooring get hosts");
  }
  std::string source = "what is in force, " + ShortRevision(applied->revision());
  return PreviewInput{std::move(applied), std::move(source)};
}

}  // namespace

Result<PreviewInput> ReadPlanRequest(const Json& request, Source& source, const LoadDesired& load,
                                     const std::shared_ptr<const DesiredSet>& applied,
                                     std::stop_token stop) {
  if (request.is_object() && request.value("base", Json()) == "applied")
    return AsApplied(request, applied);
  if (!request.is_object() || !request.contains("files") || !request["files"].is_object()) {
    return Fail(
        ErrorCode::kInvalidArgument,
        "the body must be {\"files\": {path: text or null}, \"base\": \"source\" or \"none\"}, or "
        "{\"base\": \"applied\"}");
  }
  const Json base = request.value("base", Json("source"));
  if (base != "source" && base != "none") {
    return Fail(ErrorCode::kInvalidArgument,
                "base must be \"source\", \"none\" or \"applied\", got " +
                    base.dump(-1, ' ', false, Json::error_handler_t::replace));
  }
  MemoryFileTree above;
  std::set<std::string> removed;
  MOORING_RETURN_IF_ERROR(LayOver(request["files"], above, removed));
  std::shared_ptr<const FileTree> below = std::make_shared<const MemoryFileTree>();
  std::string revision = "request";
  std::string described = "the files of the request";
  if (base == "source") {
    MOORING_TRY(const Revision head, source.Poll(stop));
    MOORING_TRY(below, source.Fetch(head, stop));
    revision = head.ToString();
    described = Count(request["files"].size(), "file") + " laid over " + head.ToShortString();
  }
  const LaidOverTree tree(std::move(below), std::move(above), removed);
  MOORING_TRY(LoadedDesired loaded, load(tree, revision));
  if (!loaded.set) return Fail(ErrorCode::kInvalidArgument, AllOf(loaded.diagnostics));
  return PreviewInput{std::move(loaded.set), std::move(described), loaded.empty};
}

}  // namespace mooring::cli
