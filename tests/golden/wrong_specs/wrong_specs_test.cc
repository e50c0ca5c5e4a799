// SPDX-License-Identifier: Apache-2.0
// Each folder beside this file is a case: input/ is a source, expected.txt what `mooring validate`
// says of it. In input/, a file named x.link holds the target of a symbolic link x.
#include <gtest/gtest.h>

#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <iterator>

#include "controller/expand/expand.h"
#include "controller/runtime/spec_loader.h"

namespace mooring {
namespace {

namespace fs = std::filesystem;

/// A case may have its Host document; without one it is a machine that nobody describes.
constexpr char kHost[] = "harbour-1";

const fs::path kCases = fs::path(MOORING_SOURCE_DIR) / "tests/golden/wrong_specs";

std::string ReadFile(const fs::path& path) {
  std::ifstream in(path, std::ios::binary);
  return {std::istreambuf_iterator<char>(in), {}};
}

MemoryFileTree ReadInput(const fs::path& input) {
  MemoryFileTree tree;
  for (const auto& entry : fs::recursive_directory_iterator(input)) {
    if (!entry.is_regular_file()) continue;
    std::string path = entry.path().lexically_relative(input).generic_string();
    std::string content = ReadFile(entry.path());
    if (path.ends_with(".link")) {
      path.resize(path.size() - 5);
      while (content.ends_with('\n')) content.pop_back();
      tree.Put(path, content, FileTree::Type::kSymlink);
    } else {
      tree.Put(path, content);
    }
  }
  return tree;
}

std::vector<std::string> CaseNames() {
  std::vector<std::string> names;
  for (const auto& entry : fs::directory_iterator(kCases)) {
    if (entry.is_directory()) names.push_back(entry.path().filename());
  }
  std::sort(names.begin(), names.end());
  return names;
}

class WrongSpecs : public testing::TestWithParam<std::string> {};

TEST_P(WrongSpecs, SaysWhatIsWrong) {
  const fs::path folder = kCases / GetParam();
  const MemoryFileTree tree = ReadInput(folder / "input");
  SpecLoader loader(kHost);
  auto loaded = loader.Load(tree);
  ASSERT_TRUE(loaded.has_value()) << loaded.error().ToString();
  std::string actual;
  for (const Diagnostic& d : expand::Expand(*std::move(loaded), kHost).diagnostics) {
    actual += d.ToString() + "\n";
  }
  EXPECT_NE(actual, "");
  if (std::getenv("MOORING_TEST_ACCEPT") != nullptr) {
    std::ofstream(folder / "expected.txt", std::ios::binary) << actual;
    GTEST_SKIP() << "accepted";
  }
  EXPECT_EQ(actual, ReadFile(folder / "expected.txt"));
}

INSTANTIATE_TEST_SUITE_P(Cases, WrongSpecs, testing::ValuesIn(CaseNames()),
                         [](const auto& test) { return test.param; });

}  // namespace
}  // namespace mooring
