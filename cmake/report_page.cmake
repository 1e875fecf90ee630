# The report page's parts, embedded in the program. Interactive plots are uPlot from npm, by the lock file; without npm,
# or where it cannot be had, the page draws still pictures and says so.
set(page ${PROJECT_SOURCE_DIR}/scenarios/report/page)
set(uplot ${PROJECT_BINARY_DIR}/report_page/node_modules/uplot/dist)
if(NOT EXISTS ${uplot}/uPlot.iife.min.js)
  find_program(NPM npm)
  if(NPM)
    file(COPY ${page}/package.json ${page}/package-lock.json DESTINATION ${PROJECT_BINARY_DIR}/report_page)
    execute_process(COMMAND ${NPM} ci --ignore-scripts --no-audit --no-fund --fetch-retries=1
                    WORKING_DIRECTORY ${PROJECT_BINARY_DIR}/report_page
                    RESULT_VARIABLE failed OUTPUT_QUIET ERROR_QUIET TIMEOUT 120)
  endif()
endif()
set(library "")
set(library_style "")
if(EXISTS ${uplot}/uPlot.iife.min.js)
  file(READ ${uplot}/uPlot.iife.min.js library)
  file(READ ${uplot}/uPlot.min.css library_style)
  message(STATUS "Report page: interactive plots by uPlot")
else()
  message(STATUS "Report page: still pictures, since uPlot could not be had from npm")
endif()
set(script "")
foreach(part unpack charts sections tables main)
  file(READ ${page}/${part}.js text)
  string(APPEND script "${text}")
  set_property(DIRECTORY APPEND PROPERTY CMAKE_CONFIGURE_DEPENDS ${page}/${part}.js)
endforeach()
file(READ ${page}/page.html html)
file(READ ${page}/page.css style)
set_property(DIRECTORY APPEND PROPERTY CMAKE_CONFIGURE_DEPENDS ${page}/page.html ${page}/page.css ${page}/package-lock.json)
file(CONFIGURE OUTPUT ${PROJECT_BINARY_DIR}/generated/report_page_parts.h @ONLY CONTENT [[
#pragma once

// Written by cmake/report_page.cmake.
namespace lemmata::scenarios::report_page_parts {
inline constexpr const char page[] = R"part(@html@)part";
inline constexpr const char style[] = R"part(@style@)part";
inline constexpr const char script[] = R"part(@script@)part";
inline constexpr const char library[] = R"part(@library@)part";
inline constexpr const char library_style[] = R"part(@library_style@)part";
}  // namespace lemmata::scenarios::report_page_parts
]])
