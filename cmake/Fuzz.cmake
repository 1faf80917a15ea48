# Each tests/fuzz/NAME_fuzz.cpp is a libFuzzer program build/fuzz/bin/NAME_fuzz; its seeds lie in
# tests/fuzz/corpus/NAME_fuzz/.
add_custom_target(fuzzers)
file(GLOB fuzz_sources CONFIGURE_DEPENDS ${CMAKE_SOURCE_DIR}/tests/fuzz/*_fuzz.cpp)
foreach(source ${fuzz_sources})
  get_filename_component(name ${source} NAME_WE)
  add_executable(${name} ${source})
  target_link_libraries(${name} PRIVATE tp_base tp_schema tp_http tp_kinds tp_providers tp_controllers tp_score)
  target_link_options(${name} PRIVATE -fsanitize=fuzzer)
  add_dependencies(fuzzers ${name})
endforeach()
