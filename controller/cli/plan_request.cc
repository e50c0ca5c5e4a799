// SPDX-License-Identifier: Apache-2.0
#include "controller/cli/plan_request.h"

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

Status LayOver(const Json& files, MemoryFileTree& tree) {
  for (const auto& [path, content] : files.items()) {
    MOORING_RETURN_IF_ERROR(CheckPath(path));
    if (content.is_null()) {
      tree.Remove(path);
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
  MemoryFileTree tree;
  std::string revision = "request";
  std::string described = "the files of the request";
  if (base == "source") {
    MOORING_TRY(const Revision head, source.Poll(stop));
    MOORING_TRY(const auto artifact, source.Fetch(head, stop));
    for (const FileTree::Entry& entry : artifact->entries()) {
      if (!entry.path.ends_with(".yaml") && !entry.path.ends_with(".yml")) continue;
      MOORING_TRY(std::string content, artifact->Read(entry));
      tree.Put(entry.path, std::move(content), entry.type);
    }
    revision = head.ToString();
    described = Count(request["files"].size(), "file") + " laid over " + head.ToShortString();
  }
  MOORING_RETURN_IF_ERROR(LayOver(request["files"], tree));
  MOORING_TRY(LoadedDesired loaded, load(tree, revision));
  if (!loaded.set) return Fail(ErrorCode::kInvalidArgument, AllOf(loaded.diagnostics));
  return PreviewInput{std::move(loaded.set), std::move(described), loaded.empty};
}

}  // namespace mooring::cli
