# Writes a .cc with the text of the schemas: cmake -DOUTPUT=crds.cc "-DINPUTS=common.yaml|app.yaml" -P embed.cmake
string(REPLACE "|" ";" INPUTS "${INPUTS}")
set(entries "")
foreach(input IN LISTS INPUTS)
  file(READ ${input} text)
  cmake_path(GET input FILENAME name)
  string(APPEND entries "    {\"${name}\", R\"crd(${text})crd\"},\n")
endforeach()
file(WRITE ${OUTPUT} "// Written by crds/embed.cmake.
#include \"crds/crds.h\"

namespace mooring {

std::span<const Crd> Crds() {
  static constexpr Crd kCrds[] = {
${entries}  };
  return kCrds;
}

}  // namespace mooring
")
