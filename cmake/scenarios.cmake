# Scenario settings, law maps and boundaries are embedded in the program, so that it runs from anywhere; then the library and the program.
foreach(folder settings maps boundaries)
  file(GLOB_RECURSE files CONFIGURE_DEPENDS ${PROJECT_SOURCE_DIR}/scenarios/${folder}/*.json)
  list(SORT files)
  set(${folder}_entries "")
  foreach(file IN LISTS files)
    set_property(DIRECTORY APPEND PROPERTY CMAKE_CONFIGURE_DEPENDS ${file})
    file(RELATIVE_PATH name ${PROJECT_SOURCE_DIR}/scenarios/${folder} ${file})
    string(REGEX REPLACE "\\.json$" "" name "${name}")
    file(READ ${file} text)
    string(APPEND ${folder}_entries "    {\"${name}\", R\"settings(${text})settings\"},\n")
  endforeach()
endforeach()
set(embedded ${PROJECT_BINARY_DIR}/generated/shipped_scenarios.cpp)
file(CONFIGURE OUTPUT ${embedded} @ONLY CONTENT [[
#include "scenarios/configuration/scenario_library.h"

namespace lemmata::scenarios {

std::span<const ShippedScenario> shipped_scenarios() {
  static constexpr ShippedScenario scenarios[] = {
@settings_entries@  };
  return scenarios;
}

std::span<const ShippedScenario> shipped_maps() {
  static constexpr ShippedScenario maps[] = {
@maps_entries@  };
  return maps;
}

std::span<const ShippedScenario> shipped_boundaries() {
  static constexpr ShippedScenario boundaries[] = {
@boundaries_entries@  };
  return boundaries;
}

}  // namespace lemmata::scenarios
]])

# The page of `lemmata watch --serve`.
set_property(DIRECTORY APPEND PROPERTY CMAKE_CONFIGURE_DEPENDS ${PROJECT_SOURCE_DIR}/scenarios/watch/watch_page.html)
file(READ ${PROJECT_SOURCE_DIR}/scenarios/watch/watch_page.html watch_page)
set(embedded_page ${PROJECT_BINARY_DIR}/generated/watch_page.cpp)
file(CONFIGURE OUTPUT ${embedded_page} @ONLY CONTENT [[
#include "scenarios/watch/watch_server.h"

namespace lemmata::scenarios {

const char* const watch_page = R"page(@watch_page@)page";

}  // namespace lemmata::scenarios
]])

# Version, commit, compiler and flags: written anew at each build, touched only when they change.
string(TOUPPER "${CMAKE_BUILD_TYPE}" build_type)
string(JOIN " " LEMMATA_FLAGS ${CMAKE_CXX_FLAGS} ${CMAKE_CXX_FLAGS_${build_type}} ${LEMMATA_SIMD_FLAGS})
if(LEMMATA_SANITIZE STREQUAL "thread")
  string(APPEND LEMMATA_FLAGS " -fsanitize=thread")
elseif(LEMMATA_SANITIZE)
  string(APPEND LEMMATA_FLAGS " -fsanitize=address,undefined")
endif()
add_custom_target(build_information
  COMMAND ${CMAKE_COMMAND} -D "OUTPUT=${PROJECT_BINARY_DIR}/generated/build_information.h" -D "SOURCE_DIR=${PROJECT_SOURCE_DIR}"
          -D "VERSION=${PROJECT_VERSION}" -D "COMPILER=${CMAKE_CXX_COMPILER_ID} ${CMAKE_CXX_COMPILER_VERSION}"
          -D "FLAGS=${LEMMATA_FLAGS}" -D "SIMD=${LEMMATA_SIMD_LEVEL}" -P ${PROJECT_SOURCE_DIR}/cmake/build_information.cmake
  BYPRODUCTS ${PROJECT_BINARY_DIR}/generated/build_information.h
  COMMENT "Noting version, commit and compiler" VERBATIM)

file(GLOB_RECURSE sources CONFIGURE_DEPENDS ${PROJECT_SOURCE_DIR}/scenarios/*.cpp)
set(pillars sim theory analysis)
if(NOT TARGET theory)
  list(REMOVE_ITEM pillars theory)
endif()
if(sources)
  list(FILTER sources EXCLUDE REGEX "/scenarios/cli/main\\.cpp$")
  lemmata_leave_out_httplib(sources)
  add_library(scenarios STATIC ${sources} ${embedded} ${embedded_page})
  add_dependencies(scenarios build_information)
  lemmata_precompile(scenarios <nlohmann/json.hpp>)
  target_compile_options(scenarios PUBLIC ${LEMMATA_TEXT_FLAGS})
  target_link_libraries(scenarios PUBLIC ${pillars} Boost::program_options nlohmann_json::nlohmann_json)
  if(LEMMATA_HTTPLIB)
    set_source_files_properties(${httplib_sources} PROPERTIES COMPILE_DEFINITIONS "${LEMMATA_HTTPLIB_DEFINITIONS}")
    target_include_directories(scenarios SYSTEM PRIVATE ${LEMMATA_HTTPLIB_INCLUDE})
    target_link_libraries(scenarios PRIVATE ${LEMMATA_HTTPLIB_LIBRARIES})
  endif()
  add_executable(lemmata ${PROJECT_SOURCE_DIR}/scenarios/cli/main.cpp)
  target_link_libraries(lemmata PRIVATE scenarios)
  set_target_properties(lemmata PROPERTIES RUNTIME_OUTPUT_DIRECTORY ${CMAKE_BINARY_DIR})
  install(TARGETS lemmata)
  # `lemmata plot` runs scripts: those beside the installed program, else those of this folder.
  set_source_files_properties(${PROJECT_SOURCE_DIR}/scenarios/cli/command/plot.cpp PROPERTIES
                              COMPILE_DEFINITIONS LEMMATA_SCRIPTS="${PROJECT_SOURCE_DIR}/scripts")
  set(plot_scripts plot plot_figures plot_theory lemmata plot_law_map joma_result)
  list(TRANSFORM plot_scripts REPLACE "(.+)" "${PROJECT_SOURCE_DIR}/scripts/\\1.py")
  install(FILES ${plot_scripts} DESTINATION share/lemmata/scripts)
endif()
