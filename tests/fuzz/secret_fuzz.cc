// SPDX-License-Identifier: Apache-2.0
// Bytes as a value in an encrypted file, as its block, and as what SOPS opened: whatever is said
// about them, nothing is said of a value.
#include <cstdint>
#include <string>

#include "controller/manifest/loader.h"
#include "controller/manifest/secret_text.h"
#include "controller/manifest/sops.h"
#include "reconcilers/secret/io/sops.h"
#include "tests/fuzz/check.h"

using mooring::fuzz::Check;

namespace {

/// No message has it by chance.
constexpr char kMark[] = "Xq7cAnArYzK9";

void CheckFindings(const std::string& text) {
  mooring::MemoryFileTree tree;
  tree.Put("s.yaml", text);
  const auto loaded = mooring::manifest::Loader().Load(tree);
  Check(loaded.has_value(), "a tree in memory can be read");
  for (const auto& finding : loaded->diagnostics)
    Check(finding.ToString().find(kMark) == std::string::npos, "a finding shows no value");
  for (const auto& resource : loaded->resources) {
    if (resource->key.kind != "Secret" || !resource->spec.contains("data")) continue;
    for (const auto& [key, value] : resource->spec["data"].items()) {
      const std::string& data = value.get_ref<const std::string&>();
      Check(data.empty() || mooring::manifest::IsSopsValue(data), "what is taken is encrypted");
    }
  }
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  const std::string bytes(reinterpret_cast<const char*>(data), size);
  const std::string head =
      "apiVersion: mooring.dev/v1alpha1\nkind: Secret\nmetadata: {name: a}\nspec:\n  data:\n    "
      "k: ";
  CheckFindings(head + kMark + bytes);
  CheckFindings(head + "ENC[AES256_GCM,data:YQ==,iv:YQ==,tag:YQ==,type:str]\nsops:\n" + bytes);
  const auto secrets = mooring::manifest::SecretsInText(mooring::SecretString(
      "kind: Secret\nmetadata: {name: a}\nspec: {data: {k: " + std::string(kMark) + bytes));
  if (!secrets)
    Check(secrets.error().ToString().find(kMark) == std::string::npos, "an error shows no value");
  mooring::secret::RecipientsOf(bytes);
  return 0;
}
