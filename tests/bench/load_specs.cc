// SPDX-License-Identifier: Apache-2.0
// What loading 10,000 specs costs: cold, again, and with one changed file; and the memory they
// take. Prints figures; it is no test. Usage: load_specs [files]
#include <fmt/format.h>
#include <malloc.h>

#include <cstdlib>
#include <ctime>

#include "controller/expand/expand.h"
#include "controller/manifest/loader.h"

namespace {

using mooring::MemoryFileTree;

std::string AppText(int i, int version) {
  return fmt::format(
      "apiVersion: mooring.dev/v1alpha1\n"
      "kind: App\n"
      "metadata:\n"
      "  name: app-{}\n"
      "  labels: {{tier: front}}\n"
      "spec:\n"
      "  services:\n"
      "    web:\n"
      "      image: ghcr.io/example/app:1.{}.0\n"
      "      environment: {{LOG_LEVEL: info, PORT: 8080}}\n"
      "      volumes: [\"data:/var/lib/app\"]\n"
      "      healthcheck: {{test: \"wget -qO- http://127.0.0.1:8080/\", interval: 5s}}\n"
      "  volumes:\n"
      "    data:\n",
      i, version);
}

std::string SiteText(int i) {
  return fmt::format(
      "apiVersion: mooring.dev/v1alpha1\nkind: Site\nmetadata:\n  name: site-{0}\nspec:\n"
      "  hosts: [site-{0}.example.com]\n  routes:\n    - backend: app-{0}/web/8080\n",
      i);
}

/// Processor time, so that other work on the machine does not count.
double Milliseconds() { return 1e3 * static_cast<double>(std::clock()) / CLOCKS_PER_SEC; }

size_t HeapBytes() { return mallinfo2().uordblks + mallinfo2().hblkhd; }

}  // namespace

int main(int argc, char** argv) {
  const int files = argc > 1 ? std::atoi(argv[1]) : 10'000;
  MemoryFileTree tree;
  for (int i = 0; i < files / 2; ++i) tree.Put(fmt::format("apps/{:05}.yaml", i), AppText(i, 0));
  for (int i = 0; i < files / 2; ++i) tree.Put(fmt::format("sites/{:05}.yaml", i), SiteText(i));

  mooring::manifest::Loader loader;
  mooring::expand::Expander expander;
  const size_t heap = HeapBytes();
  mooring::expand::Expanded expanded;
  const auto run = [&](std::string_view what) {
    const double start = Milliseconds();
    auto loaded = loader.Load(tree);
    if (!loaded) {
      fmt::print("{}\n", loaded.error().ToString());
      std::exit(1);
    }
    const double load = Milliseconds() - start;
    const double middle = Milliseconds();
    expanded = expander.Expand(*std::move(loaded));
    fmt::print("{:<18} load {:8.2f} ms  expand {:7.2f} ms  {} resources, {} findings\n", what, load,
               Milliseconds() - middle, expanded.resources.size(), expanded.diagnostics.size());
  };
  run("cold");
  fmt::print("{:<18} {:.1f} MB, {} bytes a resource\n", "heap",
             static_cast<double>(HeapBytes() - heap) / 1e6,
             (HeapBytes() - heap) / expanded.resources.size());
  run("unchanged");
  tree.Put("apps/00000.yaml", AppText(0, 1));
  run("one changed file");
  return 0;
}
