// SPDX-License-Identifier: Apache-2.0
// Compose files -> one model, as the official tool reads them: documents,
// variables, extends, include, files laid over another, short syntax made long,
// names and networks that are implied. Pure but for the files that it is given;
// not thread-safe.
#pragma once

#include <string>
#include <vector>

#include "controller/expand/compose/dotenv.h"
#include "controller/expand/compose/files.h"
#include "controller/expand/compose/problems.h"

namespace mooring::compose {

struct ModelRequest {
  /// The files, the later laid over the earlier; paths as `Files` takes them.
  std::vector<std::string> files;
  std::string folder;                  ///< what relative paths of the model are relative to
  std::vector<std::string> env_files;  ///< in place of the .env of the folder
  bool default_env_file = true;        ///< reads that .env, if it is there
  Variables environment;               ///< goes before what files of variables say
  std::string project;                 ///< goes before the files' `name`; empty: not given
  std::string usual_project;           ///< when nobody says a name; empty: the folder's
  std::string home;                    ///< what ~ is
  bool interpolate = true;
  /// All as the official tool prints it: the network default, and names after the project, for
  /// what has none. False: what an App needs of it.
  bool complete = true;
};

struct Model {
  Node root;  ///< of services, networks, ...; a map
  std::string project;
  Variables environment;
  std::string folder;
  std::string home;
  bool interpolated = true;
};

/// What is wrong goes to `problems`; then the model is not to be used.
Model LoadModel(const ModelRequest& request, Files& files, Problems& problems);

/// "my-app" of "My App!": what a project may be called.
std::string ProjectName(std::string_view text);

}  // namespace mooring::compose
