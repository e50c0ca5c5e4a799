// SPDX-License-Identifier: Apache-2.0
// Bytes as a Compose file, its .env and a second file that it may include or extend, divided by
// lines of "---8<---": read as the official tool reads them, and printed.
#include <cstdint>
#include <map>

#include "controller/expand/compose/project.h"
#include "tests/fuzz/check.h"

using mooring::fuzz::Check;
namespace compose = mooring::compose;

namespace {

class MemoryFiles final : public compose::Files {
 public:
  explicit MemoryFiles(std::string_view text) {
    constexpr std::string_view kCut = "\n---8<---\n";
    for (const char* name : {"f/compose.yaml", "f/.env", "f/other.yaml"}) {
      const size_t end = text.find(kCut);
      files_[name] = text.substr(0, end);
      if (end == std::string_view::npos) break;
      text.remove_prefix(end + kCut.size());
    }
  }
  std::optional<std::string> Read(const std::string& path) override {
    const auto found = files_.find(path);
    return found == files_.end() ? std::nullopt : std::optional(found->second);
  }
  bool IsFolder(const std::string& path) override { return path == "f"; }

 private:
  std::map<std::string, std::string> files_;
};

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  MemoryFiles files({reinterpret_cast<const char*>(data), size});
  compose::ModelRequest request;
  request.files = {"f/compose.yaml"};
  request.folder = "f";
  compose::Problems problems;
  compose::Model model = LoadModel(request, files, problems);
  if (!problems.Any()) MakeProject(model, {"*"}, files, problems);
  if (!problems.Any()) {
    for (const compose::Form form : {compose::Form::kJson, compose::Form::kYaml}) {
      const compose::OrderedJson config = ConfigOf(model, form, problems);
      if (!problems.Any()) Check(!compose::YamlText(config).empty(), "a model can be printed");
    }
  }
  for (const auto& problem : problems.list())
    Check(!problem.ToString().empty() && problem.where.line >= 0, "a problem has a place");
  return 0;
}
