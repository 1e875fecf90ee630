# SIMD level of the build: baseline (SSE2), v3 (AVX2 + FMA), v4 (AVX-512), native, or auto = the best this machine has.
# The level is part of a result's provenance: equal bits are promised within one build only.
set(LEMMATA_SIMD "auto" CACHE STRING "baseline | v3 | v4 | native | auto (the best the machine has)")
set_property(CACHE LEMMATA_SIMD PROPERTY STRINGS auto baseline v3 v4 native)

if(LEMMATA_SIMD STREQUAL "auto")
  set(probe ${CMAKE_BINARY_DIR}/simd_probe.cpp)
  file(WRITE ${probe} "#include <cstdio>\nint main(){__builtin_cpu_init();std::fputs(__builtin_cpu_supports(\"x86-64-v4\")?\"v4\":__builtin_cpu_supports(\"x86-64-v3\")?\"v3\":\"baseline\",stdout);}\n")
  try_run(probe_ran probe_compiled ${CMAKE_BINARY_DIR}/simd_probe SOURCES ${probe} RUN_OUTPUT_VARIABLE probed)
  if(probe_compiled AND probe_ran EQUAL 0)
    set(LEMMATA_SIMD_LEVEL ${probed})
  else()
    set(LEMMATA_SIMD_LEVEL baseline)   # another architecture, or a compiler without the level names
  endif()
else()
  set(LEMMATA_SIMD_LEVEL ${LEMMATA_SIMD})
endif()

if(LEMMATA_SIMD_LEVEL STREQUAL "baseline")
  set(LEMMATA_SIMD_FLAGS "")
elseif(LEMMATA_SIMD_LEVEL MATCHES "^v[34]$")
  set(LEMMATA_SIMD_FLAGS -march=x86-64-${LEMMATA_SIMD_LEVEL})
elseif(LEMMATA_SIMD_LEVEL STREQUAL "native")
  set(LEMMATA_SIMD_FLAGS -march=native)
else()
  message(FATAL_ERROR "LEMMATA_SIMD is '${LEMMATA_SIMD}'; allowed: auto, baseline, v3, v4, native")
endif()
# g++ 12 takes the undefined pass-through operand of its own AVX-512 intrinsics for an uninitialised variable (GCC bug 105593),
if(CMAKE_CXX_COMPILER_ID STREQUAL "GNU" AND LEMMATA_SIMD_LEVEL MATCHES "^(v4|native)$")
  list(APPEND LEMMATA_SIMD_FLAGS -Wno-maybe-uninitialized)
  if(NOT CMAKE_BUILD_TYPE STREQUAL "Release")   # with less optimisation, as certainly uninitialised
    list(APPEND LEMMATA_SIMD_FLAGS -Wno-uninitialized)
  endif()
endif()
# and string literals in operator+ for overlapping or endless copies (GCC bug 105651): for code that composes text.
set(LEMMATA_TEXT_FLAGS "")
if(CMAKE_CXX_COMPILER_ID STREQUAL "GNU" AND CMAKE_CXX_COMPILER_VERSION VERSION_LESS 13)
  set(LEMMATA_TEXT_FLAGS -Wno-restrict -Wno-stringop-overflow)
endif()
message(STATUS "SIMD level: ${LEMMATA_SIMD_LEVEL}")
