# Writes a .cc with the text of the schemas: cmake -DOUTPUT=crds.cc "-DINPUTS=common.yaml|app.yaml" -P embed.cmake
string(REPLACE "|" ";" INPUTS "${INPUTS}")
set(entries "")
set(config "")
set(policy "")
foreach(input IN LISTS INPUTS)
  file(READ ${input} text)
  cmake_path(GET input FILENAME name)
  set(entry "{\"${name}\", R\"crd(${text})crd\"}")
  if(name STREQUAL "config.yaml")
    set(config "${entry}")
  elseif(name STREQUAL "policy.yaml")
    set(policy "${entry}")
  else()
    string(APPEND entries "    ${entry},\n")
  endif()
endforeach()
file(WRITE ${OUTPUT} "// Written by crds/embed.cmake.
#include \"crds/crds.h\"

namespace mooring {

std::span<const Crd> Crds() {
  static constexpr Crd kCrds[] = {
${entries}  };
  return kCrds;
}

const Crd& ConfigCrd() {
  static constexpr Crd kConfig = ${config};
  return kConfig;
}

const Crd& PolicyCrd() {
  static constexpr Crd kPolicy = ${policy};
  return kPolicy;
}

}  // namespace mooring
")
