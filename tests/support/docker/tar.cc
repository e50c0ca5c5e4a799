// SPDX-License-Identifier: Apache-2.0
#include "tests/support/docker/tar.h"

#include <cstring>

namespace mooring::testing {

std::string TarOf(const std::string& name, const std::string& content) {
  std::string header(512, '\0');
  const auto put = [&](size_t at, const std::string& text) {
    std::memcpy(header.data() + at, text.data(), text.size());
  };
  put(0, name);
  put(100, "0000644");
  put(108, "0000000");
  put(116, "0000000");
  put(124, fmt::format("{:011o}", content.size()));
  put(136, "00000000000");
  put(148, "        ");
  put(156, "0");
  unsigned sum = 0;
  for (const unsigned char c : header) sum += c;
  put(148, fmt::format("{:06o}", sum));
  header[154] = '\0';
  std::string tar = header + content;
  tar.resize((tar.size() + 511) / 512 * 512 + 1024);
  return tar;
}

std::map<std::string, std::string> FilesOfTar(std::string_view tar) {
  std::map<std::string, std::string> files;
  while (tar.size() >= 512 && tar.front() != '\0') {
    const std::string name(tar.data(), strnlen(tar.data(), 100));
    const size_t size = std::strtoul(std::string(tar.substr(124, 11)).c_str(), nullptr, 8);
    if (tar.size() < 512 + size) break;
    if (tar[156] == '0') files[name] = tar.substr(512, size);
    tar.remove_prefix(std::min(tar.size(), 512 + (size + 511) / 512 * 512));
  }
  return files;
}

}  // namespace mooring::testing
