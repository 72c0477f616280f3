# vbench_add_variant(NAME OF target)
#
# NAME, an object or a static library, can stand in for `target` where a suite measures that: the
# same code with other constants or flags. `vbench compare target NAME` links the suites of `target`
# to either. NAME.variant.json beside the suites' executables says which objects those are, and
# target.variant.json the same of the target itself. The folder's property VBENCH_VARIANTS lists both.
function(vbench_add_variant name)
  cmake_parse_arguments(PARSE_ARGV 1 arg "" "OF" "")
  if(NOT arg_OF OR arg_UNPARSED_ARGUMENTS)
    message(FATAL_ERROR "vbench_add_variant(${name}): write vbench_add_variant(NAME OF target).")
  endif()
  foreach(target IN ITEMS ${arg_OF} ${name})
    if(NOT TARGET ${target})
      message(FATAL_ERROR "vbench_add_variant(${name}): ${target} is no target; name a library.")
    endif()
    get_target_property(type ${target} TYPE)
    if(NOT type MATCHES "^(OBJECT|STATIC)_LIBRARY$")
      message(FATAL_ERROR
        "vbench_add_variant(${name}): ${target} is of type ${type}, which cannot be linked in the "
        "place of another; make it an object or a static library.")
    endif()
    get_property(variants DIRECTORY PROPERTY VBENCH_VARIANTS)
    if(NOT target IN_LIST variants)
      vbench_write_variant(${target} ${arg_OF} ${type})
      set_property(DIRECTORY APPEND PROPERTY VBENCH_VARIANTS ${target})
    endif()
  endforeach()
endfunction()

function(vbench_write_variant name of type)
  set(objects "$<TARGET_OBJECTS:${name}>")
  if(type STREQUAL "STATIC_LIBRARY")
    set(objects "$<TARGET_FILE:${name}>")
  endif()
  set(folder ${CMAKE_CURRENT_BINARY_DIR})
  if(CMAKE_RUNTIME_OUTPUT_DIRECTORY)
    set(folder ${CMAKE_RUNTIME_OUTPUT_DIRECTORY})
  endif()
  get_property(several_build_types GLOBAL PROPERTY GENERATOR_IS_MULTI_CONFIG)
  if(several_build_types AND NOT folder MATCHES "\\$<")
    string(APPEND folder "/$<CONFIG>")
  endif()
  file(GENERATE OUTPUT "${folder}/${name}.variant.json" CONTENT
"{
  \"variant_version\": 1,
  \"name\": \"${name}\",
  \"of\": \"${of}\",
  \"objects\": [
    \"$<JOIN:${objects},\",
    \">\"
  ]
}
")
endfunction()
