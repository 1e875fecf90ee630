# Ball arithmetic for proofs (analysis/certified.h), optional: Arb with its headers beside FLINT 2, or FLINT 3, which holds it.
# Sets LEMMATA_ARB to whether it is there and takes the sources that need it, or the one that stands in for them, out of the build.
set(LEMMATA_WITH_ARB "AUTO" CACHE STRING "AUTO | ON | OFF: proofs in ball arithmetic (libflint-arb-dev)")
set_property(CACHE LEMMATA_WITH_ARB PROPERTY STRINGS AUTO ON OFF)
set(arb_sources ${PROJECT_SOURCE_DIR}/analysis/certified.cpp ${PROJECT_SOURCE_DIR}/analysis/convexity_proof.cpp)
set(arb_absent_sources ${PROJECT_SOURCE_DIR}/analysis/certified_absent.cpp)

if(NOT LEMMATA_WITH_ARB MATCHES "^(AUTO|ON|OFF)$")
  message(FATAL_ERROR "LEMMATA_WITH_ARB is '${LEMMATA_WITH_ARB}'; allowed: AUTO, ON, OFF")
endif()
set(LEMMATA_ARB FALSE)
if(NOT LEMMATA_WITH_ARB STREQUAL "OFF")
  find_path(LEMMATA_ARB_INCLUDE arb_mat.h PATH_SUFFIXES flint)
  find_library(LEMMATA_ARB_LIBRARY NAMES flint-arb arb flint)   # flint alone: version 3
  find_library(LEMMATA_FLINT_LIBRARY flint)
  find_library(LEMMATA_GMP_LIBRARY gmp)                          # FLINT's headers call it inline
  if(LEMMATA_ARB_INCLUDE AND LEMMATA_ARB_LIBRARY AND LEMMATA_FLINT_LIBRARY AND LEMMATA_GMP_LIBRARY)
    set(LEMMATA_ARB_LIBRARIES ${LEMMATA_ARB_LIBRARY} ${LEMMATA_FLINT_LIBRARY} ${LEMMATA_GMP_LIBRARY})
    list(REMOVE_DUPLICATES LEMMATA_ARB_LIBRARIES)
    # Found is not enough: the probe calls what is used.
    set(probe ${CMAKE_BINARY_DIR}/arb_probe.cpp)
    file(WRITE ${probe} "#include <arb.h>\n#include <arb_mat.h>\n#include <flint/fmpz_mat.h>\nint main() { arb_mat_t a; arb_mat_init(a, 1, 1); arb_one(arb_mat_entry(a, 0, 0)); fmpz_t b; fmpz_init(b); fmpz_set_si(b, 1); return arb_mat_cho(a, a, 64) ? 0 : 1; }\n")
    try_compile(arb_works ${CMAKE_BINARY_DIR}/arb_probe SOURCES ${probe} LINK_LIBRARIES ${LEMMATA_ARB_LIBRARIES}
                CMAKE_FLAGS "-DINCLUDE_DIRECTORIES=${LEMMATA_ARB_INCLUDE}")
    set(LEMMATA_ARB ${arb_works})
  endif()
endif()
if(LEMMATA_ARB)
  message(STATUS "Proofs: ball arithmetic by ${LEMMATA_ARB_LIBRARY}")
elseif(LEMMATA_WITH_ARB STREQUAL "ON")
  message(FATAL_ERROR "LEMMATA_WITH_ARB is ON, but Arb was not found or does not work; install libflint-arb-dev, or set it to AUTO or OFF")
else()
  message(STATUS "Proofs: off, no ball arithmetic (libflint-arb-dev); claims that need them come out inconclusive")
endif()

# The sources of `list` that this build is to have.
function(lemmata_leave_out_arb list)
  if(LEMMATA_ARB)
    list(REMOVE_ITEM ${list} ${arb_absent_sources})
  else()
    list(REMOVE_ITEM ${list} ${arb_sources})
  endif()
  set(${list} ${${list}} PARENT_SCOPE)
endfunction()
