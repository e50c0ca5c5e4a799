// SPDX-License-Identifier: Apache-2.0
#include "controller/expand/compose/model.h"

#include <fmt/format.h>

#include <algorithm>

#include "controller/expand/compose/canonical.h"
#include "controller/expand/compose/check.h"
#include "controller/expand/compose/interpolate.h"
#include "controller/expand/compose/merge.h"
#include "controller/expand/compose/paths.h"
#include "controller/expand/compose/variable_files.h"

namespace mooring::compose {
namespace {

/// What one file, or a set of files that belong together, is read with.
struct Context {
  std::string folder;         ///< what paths of the model are relative to: what is put
                              ///< before them
  std::string search_folder;  ///< where files that it names lie
  const Variables* environment = nullptr;
  bool resolve_paths = true;
  bool part = false;  ///< only as the base of a service: neither checked nor completed
};

using ServiceInFile = std::pair<std::string, std::string>;

class Loader {
 public:
  Loader(const ModelRequest& request, Files& files, Problems& problems)
      : request_(request), files_(files), problems_(problems) {}

  Node LoadFiles(const std::vector<std::string>& paths, const Context& context,
                 const std::vector<std::string>& included) {
    Node model = Node::Map({1, 1, 0});
    for (const std::string& path : paths) LoadFile(path, context, included, model);
    if (problems_.Any()) return model;
    AddDefaults(model);
    CheckRules(model, problems_);
    if (context.resolve_paths) ResolvePaths(model, context.folder, request_.home, problems_);
    ResolveListedVariables(model, LookupIn(*context.environment));
    return model;
  }

  /// The documents of a file; what is wrong with their syntax is a problem.
  std::vector<Node> Parse(const std::string& path) {
    std::vector<Node> roots;
    const std::string shown = files_.Shown(path);
    const auto text = files_.Read(path);
    if (!text) {
      problems_.Add(Diagnostic{{shown, 1, 1},
                               fmt::format("cannot read {}", shown),
                               "check that the file is there, and a text"});
      return roots;
    }
    manifest::Limits limits;
    limits.alias_values = 200'000;
    manifest::ParsedFile parsed =
        manifest::ParseYaml(shown, *text, limits, manifest::Dialect::kCompose);
    for (Diagnostic& d : parsed.diagnostics) problems_.Add(std::move(d));
    const int number = problems_.FileNumber(shown);
    for (manifest::Document& document : parsed.documents) {
      for (Diagnostic& d : document.diagnostics) problems_.Add(std::move(d));
      Stamp(document.root, number);
      roots.push_back(std::move(document.root));
    }
    return roots;
  }

 private:
  /// What later versions of the official tool read, too: `gpus: all`.
  static void TakeNewerForms(Node& document) {
    Node* services = document.Find("services");
    for (size_t i = 0; services != nullptr && i < services->members.size(); ++i) {
      Node* gpus = services->members[i].value.Find("gpus");
      if (gpus == nullptr || !gpus->IsString() || gpus->text != "all") continue;
      Node all = Node::Map(gpus->at);
      all.Add("count", *gpus);
      *gpus = Node::Sequence(gpus->at);
      gpus->items.push_back(std::move(all));
    }
  }

  static void Stamp(Node& node, int number) {
    node.at.file = number;
    for (Member& m : node.members) {
      m.key_at.file = number;
      Stamp(m.value, number);
    }
    for (Node& item : node.items) Stamp(item, number);
  }

  /// Lays each document of the file over the model.
  Resets LoadFile(const std::string& path, const Context& context,
                  const std::vector<std::string>& included, Node& model) {
    Resets resets;
    const size_t before = problems_.list().size();
    std::vector<Node> documents = Parse(path);
    if (problems_.list().size() != before) return resets;
    for (Node& document : documents) {
      resets = TakeResets(document);
      LoadDocument(std::move(document), resets, path, context, included, model);
      if (problems_.Any()) break;
    }
    return resets;
  }

  void LoadDocument(Node document, const Resets& resets, const std::string& path,
                    const Context& context, const std::vector<std::string>& included, Node& model) {
    if (!document.IsMap()) {
      problems_.Add(document.at,
                    fmt::format("the file must be a map, got {}", TypeName(document.type)),
                    "write services: at its start");
      return;
    }
    if (request_.interpolate) Interpolate(document, LookupIn(*context.environment), problems_);
    if (!request_.complete) TakeNewerForms(document);
    if (problems_.Any()) return;
    if (!context.part) {
      ApplyExtends(document, resets, path, context);
      ApplyResets(resets, model);
      std::vector<std::string> all = included;
      all.push_back(path);
      ApplyIncludes(document, context, all);
    } else {
      ApplyResets(resets, model);
    }
    if (problems_.Any()) return;
    MergeModel(model, std::move(document), problems_);
    RemoveReplaced(model, problems_);
    if (problems_.Any()) return;
    if (!context.part) {
      CheckVocabulary(model, problems_);
      Erase(model, "version");
      if (problems_.Any()) return;
    }
    MakeCanonical(model, !request_.interpolate, problems_);
    RemoveReplaced(model, problems_);
  }

  // --- extends ---
  void ApplyExtends(Node& document, const Resets& resets, const std::string& path,
                    const Context& context) {
    Node* services = document.Find("services");
    if (services == nullptr || !services->IsMap()) return;
    std::vector<std::string> names;
    for (const Member& m : services->members) names.push_back(m.key);
    for (const std::string& name : names) {
      if (problems_.Any()) return;
      auto merged = Extended(name, *services, path, context, {}, {&resets});
      if (merged) *services->Find(name) = std::move(*merged);
    }
  }

  /// The service with all that it extends laid under it; nullopt: nothing is to
  /// be done.
  std::optional<Node> Extended(const std::string& name, Node& services, const std::string& path,
                               const Context& context, std::vector<ServiceInFile> chain,
                               std::vector<const Resets*> resets) {
    const Node* service = services.Find(name);
    const Node* extends = service == nullptr ? nullptr : service->Find("extends");
    if (extends == nullptr) return std::nullopt;
    const std::string of(extends->IsString() ? extends->text : extends->StringAt("service"));
    const Node* file = extends->Find("file");
    if (of.empty()) {
      problems_.Add(extends->at, fmt::format("services.{}.extends names no service", name),
                    "add service: and its name");
      return std::nullopt;
    }
    std::string in = path;
    Node others;
    Resets their_resets;
    if (file != nullptr) {
      in = file->text;
      others = ServicesOf(*file, context, their_resets);
      resets.push_back(&their_resets);
    }
    Node& candidates = file != nullptr ? others : services;
    if (problems_.Any()) return std::nullopt;
    if (candidates.Find(of) == nullptr) {
      problems_.Add(extends->at,
                    fmt::format("services.{} extends {}, which {} does not have", name, of,
                                file == nullptr ? "this file" : file->text),
                    "check the name of the service");
      return std::nullopt;
    }
    const ServiceInFile here{in, name};
    if (std::ranges::find(chain, here) != chain.end()) {
      problems_.Add(extends->at, fmt::format("services.{} extends itself in a circle", name),
                    "remove one of the extends");
      return std::nullopt;
    }
    chain.push_back(here);
    const Node own = *service;
    const auto extended = Extended(of, candidates, path, context, std::move(chain), resets);
    if (problems_.Any()) return std::nullopt;
    Node base = extended ? *extended : *candidates.Find(of);
    if (base.IsNull()) return std::nullopt;
    return LaidOver(std::move(base), own, name, resets);
  }

  Node LaidOver(Node base, Node own, const std::string& name,
                const std::vector<const Resets*>& resets) {
    Node services = Node::Map(base.at);
    services.Add(name, std::move(base));
    Node around = Node::Map(services.at);
    around.Add("services", std::move(services));
    for (const Resets* list : resets) ApplyResets(*list, around);
    Node* left = around.Find("services")->Find(name);
    Node merged = left == nullptr ? Node::Map(own.at) : std::move(*left);
    // What depends on other services stays with the one that is extended.
    Erase(merged, "depends_on");
    Erase(merged, "volumes_from");
    MergeService(merged, std::move(own), problems_);
    Erase(merged, "extends");
    return merged;
  }

  Node ServicesOf(const Node& file, const Context& context, Resets& resets) {
    Node model = Node::Map(file.at);
    const std::string path = Found(file.text, context);
    Context part{.folder = FolderFrom(file.text, context),
                 .search_folder = FolderOf(path),
                 .environment = context.environment,
                 .resolve_paths = false,
                 .part = true};
    const size_t before = problems_.list().size();
    resets = LoadFile(path, part, {}, model);
    if (problems_.list().size() != before) return model;
    ResolvePaths(model, part.folder, request_.home, problems_);
    Node* services = model.Find("services");
    return services == nullptr ? Node::Map(file.at) : std::move(*services);
  }

  /// Where a file lies that is named in the model.
  static std::string Found(const std::string& path, const Context& context) {
    return IsAbsolute(path) ? path : JoinPath(context.search_folder, path);
  }
  /// The folder of it, as the model would call it.
  std::string FolderFrom(const std::string& path, const Context& context) {
    std::string folder = Found(path, context);
    if (!files_.IsFolder(folder)) folder = FolderOf(folder);
    return RelativePath(context.search_folder, folder);
  }

  // --- include ---
  static std::vector<std::string> TextsOf(const Node* node) {
    std::vector<std::string> texts;
    if (node == nullptr) return texts;
    if (node->IsString()) texts.push_back(node->text);
    for (const Node& item : node->items) texts.push_back(item.text);
    return texts;
  }

  void ApplyIncludes(Node& document, const Context& context,
                     const std::vector<std::string>& included) {
    const Node* found = document.Find("include");
    if (found == nullptr) return;
    const Node includes = *found;
    if (!includes.IsSequence()) {
      problems_.Add(includes.at,
                    fmt::format("include must be a list, got {}", TypeName(includes.type)),
                    "write include: [other.yaml]");
      return;
    }
    for (const Node& include : includes.items) {
      if (problems_.Any()) return;
      Include(include, context, included, document);
    }
    Erase(document, "include");
  }

  void Include(const Node& include, const Context& context,
               const std::vector<std::string>& included, Node& document) {
    std::vector<std::string> paths =
        include.IsString() ? std::vector{include.text} : TextsOf(include.Find("path"));
    if (paths.empty()) {
      problems_.Add(include.at, "an entry of include names no file", "add path: and the file");
      return;
    }
    Context inner = context;
    inner.resolve_paths = true;
    for (std::string& path : paths) path = Found(path, context);
    const std::string project(include.StringAt("project_directory"));
    if (project.empty()) {
      inner.folder = RelativePath(context.search_folder, FolderOf(paths[0]));
      inner.search_folder = FolderOf(paths[0]);
    } else {
      inner.folder = IsAbsolute(project) ? project : FolderFrom(project, context);
      inner.search_folder = Found(project, context);
    }
    if (std::ranges::find(included, paths[0]) != included.end()) {
      problems_.Add(include.at,
                    fmt::format("{} includes itself in a circle", files_.Shown(paths[0])),
                    "remove one of the includes");
      return;
    }
    Variables environment = *context.environment;
    AddVariableFiles(EnvFilesOf(include, context, inner), files_, problems_, environment);
    inner.environment = &environment;
    if (problems_.Any()) return;
    Node model = LoadFiles(paths, inner, included);
    if (!problems_.Any()) Import(std::move(model), include, document);
  }

  std::vector<std::string> EnvFilesOf(const Node& include, const Context& context,
                                      const Context& inner) {
    std::vector<std::string> paths = TextsOf(include.Find("env_file"));
    for (std::string& path : paths) path = Found(path, context);
    if (!paths.empty()) return paths;
    const std::string usual = JoinPath(inner.search_folder, ".env");
    if (!files_.IsFolder(usual) && files_.Read(usual)) paths.push_back(usual);
    return paths;
  }

  void Import(Node model, const Node& include, Node& document) {
    for (const std::string_view kind : {"services", "volumes", "networks", "secrets", "configs"}) {
      Node* from = model.Find(kind);
      if (from == nullptr) continue;
      if (document.Find(kind) == nullptr) document.Add(std::string(kind), Node::Map(include.at));
      Node& to = *document.Find(kind);
      for (Member& m : from->members) {
        const Member* there = FindMember(to, m.key);
        if (there == nullptr) {
          to.members.push_back(std::move(m));
        } else if (!SameValue(there->value, m.value)) {
          problems_.Add(m.key_at,
                        fmt::format("{}.{} is in the file that includes this, too", kind, m.key),
                        fmt::format("the other is at {}; rename one of them, or lay an override "
                                    "file over the included one",
                                    problems_.Place(there->key_at).ToString()));
        }
      }
    }
  }

  const ModelRequest& request_;
  Files& files_;
  Problems& problems_;
};

/// The last `name` in the files, with its variables replaced.
std::string NameInFiles(const ModelRequest& request, const Variables& environment, Files& files) {
  std::string name;
  Problems ignored;  // said again when the files are read
  Loader quiet(request, files, ignored);
  for (const std::string& path : request.files) {
    for (const Node& root : quiet.Parse(path)) {
      const std::string_view found = root.StringAt("name");
      if (!found.empty()) name = found;
    }
  }
  if (!request.interpolate) return ProjectName(name);
  return ProjectName(Substitute(name, LookupIn(environment)).value_or(""));
}

}  // namespace

std::string ProjectName(std::string_view text) {
  std::string name;
  for (char c : text) {
    if (c >= 'A' && c <= 'Z') c = static_cast<char>(c - 'A' + 'a');
    const bool letter = (c >= 'a' && c <= 'z') || (c >= '0' && c <= '9');
    if (letter || (!name.empty() && (c == '_' || c == '-'))) name += c;
  }
  return name;
}

Model LoadModel(const ModelRequest& request, Files& files, Problems& problems) {
  Loader loader(request, files, problems);
  Model model{.root = {},
              .project = request.project,
              .environment = request.environment,
              .folder = request.folder,
              .home = request.home,
              .interpolated = request.interpolate};
  std::vector<std::string> env_files = request.env_files;
  const std::string usual = JoinPath(request.folder, ".env");
  if (env_files.empty() && request.default_env_file && !files.IsFolder(usual) && files.Read(usual))
    env_files.push_back(usual);
  AddVariableFiles(env_files, files, problems, model.environment);
  if (model.project.empty()) {
    if (const auto name = LookupIn(model.environment)("COMPOSE_PROJECT_NAME"))
      model.project = *name;
  }
  const bool given = !model.project.empty();
  if (!given) model.project = NameInFiles(request, model.environment, files);
  if (!given && model.project.empty())
    model.project = request.usual_project.empty() ? ProjectName(LastPart(request.folder))
                                                  : request.usual_project;
  if (ProjectName(model.project) != model.project || model.project.empty()) {
    problems.Add(Diagnostic{{request.files.empty() ? "" : files.Shown(request.files[0]), 1, 1},
                            fmt::format("\"{}\" is not a project's name", model.project),
                            "use lower-case letters, digits, - and _, a letter or digit first"});
  }
  model.environment["COMPOSE_PROJECT_NAME"] = model.project;
  if (problems.Any()) return model;
  const Context context{
      .folder = request.folder, .search_folder = request.folder, .environment = &model.environment};
  model.root = loader.LoadFiles(request.files, context, {});
  if (problems.Any()) return model;
  if (model.root.members.empty()) {
    problems.Add(Diagnostic{{files.Shown(request.files[0]), 1, 1},
                            "this Compose file is empty",
                            "write services: and the first service"});
    return model;
  }
  Set(model.root, "name", Node::String(model.root.at, model.project));
  Normalise(model.root, request.complete ? model.project : "", LookupIn(model.environment));
  return model;
}

}  // namespace mooring::compose
