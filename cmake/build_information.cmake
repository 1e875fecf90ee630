# Run by the target build_information at each build: writes OUTPUT from VERSION, COMPILER, FLAGS, SIMD and the state of git.
set(commit "unknown")
set(changes_digest "none")
find_program(GIT git)
if(GIT)
  execute_process(COMMAND ${GIT} -C ${SOURCE_DIR} rev-parse HEAD OUTPUT_VARIABLE head ERROR_QUIET OUTPUT_STRIP_TRAILING_WHITESPACE RESULT_VARIABLE failed)
  if(NOT failed)
    set(commit ${head})
    execute_process(COMMAND ${GIT} -C ${SOURCE_DIR} status --porcelain --untracked-files=no OUTPUT_VARIABLE changes ERROR_QUIET)
    if(NOT changes STREQUAL "")
      execute_process(COMMAND ${GIT} -C ${SOURCE_DIR} diff HEAD OUTPUT_VARIABLE changes ERROR_QUIET)
      string(SHA256 changes_digest "${changes}")
    endif()
  endif()
endif()
set(content "#pragma once

// Written by cmake/build_information.cmake.
namespace lemmata::scenarios::build_information {
inline constexpr const char* version = \"${VERSION}\";
inline constexpr const char* git_commit = \"${commit}\";
inline constexpr const char* git_changes = \"${changes_digest}\";
inline constexpr const char* compiler = \"${COMPILER}\";
inline constexpr const char* flags = \"${FLAGS}\";
inline constexpr const char* simd = \"${SIMD}\";
}  // namespace lemmata::scenarios::build_information
")
if(EXISTS ${OUTPUT})
  file(READ ${OUTPUT} before)
endif()
if(NOT "${before}" STREQUAL "${content}")
  file(WRITE ${OUTPUT} "${content}")
endif()
