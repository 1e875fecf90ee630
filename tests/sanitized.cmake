# In every release build too, under sanitizers and the libraries' own checks: what reads files from outside and the
# kernels that count in pointers (address, undefined behaviour), and the threads (thread sanitizer). The whole suite under
# sanitizers is the `coverage` preset, by scripts/deep_check.sh: compiling it takes longer than CI may. Which lines of
# these sources run is printed by a test of its own (gcovr).
function(lemmata_sanitized name)
  cmake_parse_arguments(PARSE_ARGV 1 part "" "" "SANITIZERS;SOURCES;TESTS")
  list(TRANSFORM part_SOURCES PREPEND ${PROJECT_SOURCE_DIR}/)
  add_executable(${name} main.cpp ${part_SOURCES} ${part_TESTS})
  # Not lemmata_flags' libraries: these sources are compiled anew.
  target_link_libraries(${name} PRIVATE lemmata_flags lemmata_eigen doctest::doctest nlohmann_json::nlohmann_json ${HDF5_HL_LIBRARIES} ${HDF5_LIBRARIES})
  target_include_directories(${name} SYSTEM PRIVATE ${HDF5_INCLUDE_DIRS})
  target_compile_options(${name} PRIVATE -O1 -g1 -UNDEBUG -U_FORTIFY_SOURCE -Wno-uninitialized ${part_SANITIZERS} -fno-sanitize-recover=all -fno-omit-frame-pointer)
  target_compile_definitions(${name} PRIVATE _GLIBCXX_ASSERTIONS)
  lemmata_precompile(${name} <nlohmann/json.hpp>)
  target_link_options(${name} PRIVATE ${part_SANITIZERS})
  add_test(NAME "sanitizers: ${name}" COMMAND ${name})
  set_tests_properties("sanitizers: ${name}" PROPERTIES TIMEOUT ${five_minutes})
endfunction()

set(readers child_process curve_file dataset file_kind join_seeds line_file lock_file own_file part_file record_journal result_reader result_writer)
set(kernels padded_products panel_products softmax)
set(sources sim/random.cpp sim/numerics/scaled_norm.cpp analysis/hdf5_file.cpp analysis/hdf5_file_write.cpp analysis/hdf5_reader.cpp
            analysis/hdf5_trial.cpp analysis/hdf5_writer.cpp)
set(tests analysis/hdf5_reader_test.cpp analysis/hdf5_writer_test.cpp)
foreach(reader IN LISTS readers)
  list(APPEND sources analysis/${reader}.cpp)
  list(APPEND tests analysis/${reader}_test.cpp)
endforeach()
foreach(kernel IN LISTS kernels)
  list(APPEND sources sim/numerics/${kernel}.cpp)
  list(APPEND tests sim/${kernel}_test.cpp)
endforeach()
lemmata_sanitized(readers_and_kernels SANITIZERS -fsanitize=address,undefined SOURCES ${sources} TESTS ${tests})
target_compile_options(readers_and_kernels PRIVATE --coverage)
target_link_options(readers_and_kernels PRIVATE --coverage)
find_program(GCOVR gcovr)
if(GCOVR)
  add_test(NAME "sanitizers: lines that ran" COMMAND ${GCOVR} --root ${PROJECT_SOURCE_DIR} --filter sim/ --filter analysis/
    --exclude tests/ --sort-percentage --fail-under-line 90 ${CMAKE_CURRENT_BINARY_DIR}/CMakeFiles/readers_and_kernels.dir
    WORKING_DIRECTORY ${PROJECT_SOURCE_DIR})   # which the filters are relative to
  set_tests_properties("sanitizers: readers_and_kernels" PROPERTIES FIXTURES_SETUP lines_that_ran)
  set_tests_properties("sanitizers: lines that ran" PROPERTIES FIXTURES_REQUIRED lines_that_ran)
endif()
lemmata_sanitized(threads SANITIZERS -fsanitize=thread SOURCES sim/parallel.cpp sim/numerics/invalid_operations.cpp TESTS sim/parallel_test.cpp)
