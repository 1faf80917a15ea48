# Writes what PROGRAM prints about itself into SHARE, in the folders where man and the shells look.
function(write_output path)
  execute_process(COMMAND ${PROGRAM} ${ARGN} OUTPUT_VARIABLE text RESULT_VARIABLE code)
  if(NOT code EQUAL 0)
    message(FATAL_ERROR "${PROGRAM} ${ARGN}: exit code ${code}")
  endif()
  file(WRITE ${SHARE}/${path} "${text}")
endfunction()

write_output(man/man1/tptctl.1 man)
write_output(bash-completion/completions/tptctl completion bash)
write_output(zsh/site-functions/_tptctl completion zsh)
write_output(fish/vendor_completions.d/tptctl.fish completion fish)
