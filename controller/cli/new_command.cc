// SPDX-License-Identifier: Apache-2.0
// The commands that write what a person goes on from: schema, new.
#include <iostream>

#include "controller/base/text.h"
#include "controller/cli/commands.h"
#include "controller/cli/exit_codes.h"
#include "controller/manifest/json_schema.h"
#include "controller/manifest/loader.h"

namespace mooring::cli {
namespace {

constexpr char kApp[] =
    R"(# One or more containers that belong together. All fields: mooring explain App.spec
apiVersion: mooring.dev/v1alpha1
kind: App
metadata:
  name: {name}
spec:
  services:
    web:
      image: {image}
      # environment:
      #   LOG_LEVEL: info
      # volumes: [data:/var/lib/{name}]     # and below: volumes: {{data: {{}}}}
      # What tells whether it works; with it a rollout replaces it without downtime.
      # healthcheck:
      #   test: [CMD, wget, -qO-, "http://127.0.0.1:8080/"]
      #   interval: 5s
      # deploy:
      #   replicas: 2
      #   resources: {{limits: {{memory: 256M}}}}
)";

constexpr char kSite[] =
    R"(# What visitors reach, and where it leads. All fields: mooring explain Site.spec
apiVersion: mooring.dev/v1alpha1
kind: Site
metadata:
  name: {name}
spec:
  # The names must lead to this host; certificates come by themselves.
  hosts: [{host}]
  # redirectFrom: [www.{host}]
  # tls: {{issuer: internal}}
  routes:
    # App, service and the port in the container; the longest path wins.
    - backend: {name}/web/8080
    # - path: /old/*
    #   redirect: {{to: "https://{{host}}/new"}}
)";

/// What is wrong with a spec, all of it; empty when it is valid.
std::string FindingsOf(const std::string& text) {
  MemoryFileTree tree;
  tree.Put("new.yaml", text);
  manifest::Loader loader;
  const auto loaded = loader.Load(tree);
  if (!loaded) return loaded.error().ToString();
  std::vector<std::string> findings;
  for (const Diagnostic& d : loaded->diagnostics)
    findings.push_back(d.hint.empty() ? d.what : d.what + "; " + d.hint);
  return Join(findings, "\n");
}

const manifest::Kind* KindNamed(const std::string& word) {
  for (const manifest::Kind& kind : manifest::Kinds()) {
    const auto same = [](char a, char b) { return std::tolower(a) == std::tolower(b); };
    if (std::equal(word.begin(), word.end(), kind.name.begin(), kind.name.end(), same))
      return &kind;
  }
  return nullptr;
}

}  // namespace

int NewSpec(const NewOptions& options) {
  const std::string host = options.host.empty() ? options.name + ".example.com" : options.host;
  const std::string image =
      options.image.empty() ? "ghcr.io/example/" + options.name + ":1.0.0" : options.image;
  const std::string text =
      fmt::format(fmt::runtime(options.kind == "app" ? kApp : kSite),
                  fmt::arg("name", options.name), fmt::arg("host", host), fmt::arg("image", image));
  if (const std::string findings = FindingsOf(text); !findings.empty()) {
    std::cerr << "mooring: " << findings << "\n";
    return exit_code::kUsage;
  }
  std::cout << text;
  return exit_code::kDone;
}

int PrintSchema(const std::string& kind) {
  if (kind.empty()) {
    std::cout << manifest::JsonSchemaOfAll().dump(2) << "\n";
    return exit_code::kDone;
  }
  const manifest::Kind* found = KindNamed(kind);
  if (found == nullptr) {
    return Report(Error(
        ErrorCode::kInvalidArgument,
        fmt::format("there is no kind \"{}\"; this version has {}", kind, manifest::KindNames())));
  }
  std::cout << manifest::JsonSchemaOf(*found).dump(2) << "\n";
  return exit_code::kDone;
}

}  // namespace mooring::cli
