# Compiler, warnings, sanitizers, linker and cache: everything that is not about a target.
set(CMAKE_CXX_STANDARD 20)
set(CMAKE_CXX_STANDARD_REQUIRED ON)
set(CMAKE_CXX_EXTENSIONS OFF)
set(CMAKE_EXPORT_COMPILE_COMMANDS ON)
set(CMAKE_RUNTIME_OUTPUT_DIRECTORY ${CMAKE_BINARY_DIR}/bin)

option(TP_TESTS "Build the tests" ON)
option(TP_BENCH "Build the benchmarks" ON)
option(TP_FUZZ "Build the libFuzzer targets (clang)" OFF)
set(TP_SANITIZE "" CACHE STRING "Comma separated sanitizers, e.g. address,undefined")

find_program(TP_CCACHE ccache)
if(TP_CCACHE)
  set(CMAKE_C_COMPILER_LAUNCHER ${TP_CCACHE})
  set(CMAKE_CXX_COMPILER_LAUNCHER ${TP_CCACHE})
endif()
find_program(TP_MOLD mold)
if(TP_MOLD)
  add_link_options(-fuse-ld=mold)
endif()

add_compile_options(-Wall -Wextra -Wconversion -Wshadow -Werror -fno-omit-frame-pointer)
if(CMAKE_CXX_COMPILER_ID STREQUAL "GNU")
  # False alarms of g++ 12 inside optimised standard containers (GCC bugs 105329, 105651, 108860).
  add_compile_options(-Wno-restrict -Wno-maybe-uninitialized -Wno-stringop-overflow -Wno-array-bounds
                      -Wno-stringop-overread -Wno-dangling-pointer)
endif()
if(CMAKE_BUILD_TYPE STREQUAL "Debug")
  add_compile_options(-O1 -g1)
endif()
if(TP_SANITIZE)
  add_compile_options(-fsanitize=${TP_SANITIZE} -fno-sanitize-recover=all)
  add_link_options(-fsanitize=${TP_SANITIZE})
endif()
if(TP_FUZZ)
  # g++ is the compiler whose warnings are errors; clang is here for libFuzzer alone.
  add_compile_options(-fsanitize=fuzzer-no-link -fsanitize-ignorelist=${CMAKE_SOURCE_DIR}/cmake/sanitizer_ignore.txt -Wno-error -Wno-shorten-64-to-32 -Wno-sign-conversion)
endif()
