# Writes a .cc with the text of the API's description: cmake -DOUTPUT=x.cc -DINPUT=openapi.json -P embed.cmake
file(READ ${INPUT} text)
file(WRITE ${OUTPUT} "// Written by controller/http/embed.cmake.
#include \"controller/http/openapi.h\"

namespace mooring::http {

const std::string_view kOpenApi = R\"openapi(${text})openapi\";

}  // namespace mooring::http
")
