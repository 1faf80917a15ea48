# Tests that are scripts: tests/<label>/**/*_test.{sh,py}, and the Python tests of tools outside tools/dev (those belong
# to ./dev check). Exit 77 means that the script could not run here; ./dev test counts that as a failure.
file(GLOB_RECURSE scripts CONFIGURE_DEPENDS RELATIVE ${CMAKE_SOURCE_DIR}
  ${CMAKE_SOURCE_DIR}/tests/*_test.sh ${CMAKE_SOURCE_DIR}/tests/*_test.py)
foreach(script ${scripts})
  string(REGEX REPLACE "^tests/([a-z0-9]+)/.*" "\\1" label ${script})
  file(STRINGS ${CMAKE_SOURCE_DIR}/${script} soaks REGEX TP_SOAK LIMIT_COUNT 1)
  set(seconds 900)
  if(soaks)
    set(seconds 36000) # the soak run is long; every other run has its own limit
  endif()
  add_test(NAME ${script} COMMAND ${CMAKE_SOURCE_DIR}/${script})
  set_tests_properties(${script} PROPERTIES LABELS ${label} TIMEOUT ${seconds} RUN_SERIAL TRUE SKIP_RETURN_CODE 77)
endforeach()
file(GLOB_RECURSE scripts CONFIGURE_DEPENDS RELATIVE ${CMAKE_SOURCE_DIR} ${CMAKE_SOURCE_DIR}/tools/*_test.py)
list(FILTER scripts EXCLUDE REGEX "^tools/dev/")
foreach(script ${scripts})
  add_test(NAME ${script} COMMAND python3 ${CMAKE_SOURCE_DIR}/${script})
  set_tests_properties(${script} PROPERTIES LABELS unit TIMEOUT 60 SKIP_RETURN_CODE 77)
endforeach()
