# find_package(threeport) for programs outside of this tree, such as modules (samples/module): the libraries as
# threeport::NAME, straight from the build tree.
set(libraries base schema score http kinds dependencies store client apiserver reconcile)
foreach(library ${libraries})
  set_target_properties(tp_${library} PROPERTIES EXPORT_NAME ${library})
endforeach()
list(TRANSFORM libraries PREPEND tp_)
export(TARGETS ${libraries} NAMESPACE threeport:: FILE ${CMAKE_BINARY_DIR}/threeport-targets.cmake)
configure_file(${CMAKE_SOURCE_DIR}/cmake/threeport-config.cmake.in ${CMAKE_BINARY_DIR}/threeport-config.cmake @ONLY)
include(CMakePackageConfigHelpers)
write_basic_package_version_file(${CMAKE_BINARY_DIR}/threeport-config-version.cmake COMPATIBILITY SameMinorVersion)
