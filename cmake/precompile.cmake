# The libraries' headers, parsed once for each of the large targets: a build from nothing takes a quarter less. Not with
# ccache, which has every object already and does not go together with it; nor is a missing #include noticed with it.
if(CMAKE_CXX_COMPILER_LAUNCHER)
  set(precompile OFF)
else()
  set(precompile ON)
endif()
option(LEMMATA_PRECOMPILE "Parse the libraries' headers once for each target" ${precompile})
# g++ 12 warns of its own std::string (GCC bug 105651) in more ways where it comes from such a header.
if(LEMMATA_PRECOMPILE AND LEMMATA_TEXT_FLAGS)
  list(APPEND LEMMATA_TEXT_FLAGS -Wno-array-bounds)
endif()

set(LEMMATA_PRECOMPILED_HEADERS <Eigen/Dense> <algorithm> <array> <cmath> <filesystem> <functional> <limits> <map> <memory> <optional>
    <span> <stdexcept> <string> <vector>)

# lemmata_precompile(TARGET <header>...): with those that all have.
function(lemmata_precompile target)
  if(LEMMATA_PRECOMPILE)
    target_precompile_headers(${target} PRIVATE ${LEMMATA_PRECOMPILED_HEADERS} ${ARGN})
  endif()
endfunction()
