# vbench_add_suite(NAME SOURCES file... SUBJECT target... [LIBRARIES target...])
#
# Makes the suite executable NAME from its C files and the object files of what it measures, and
# beside it NAME.link.json: the recipe to link it again (objects in order, libraries, linker
# command) and how it was compiled. SUBJECT names OBJECT or STATIC libraries; LIBRARIES whatever
# else they need and is not measured. The folder's property VBENCH_SUITES lists its suites.
function(vbench_add_suite name)
  cmake_parse_arguments(PARSE_ARGV 1 arg "" "" "SOURCES;SUBJECT;LIBRARIES")
  if(NOT arg_SOURCES)
    message(FATAL_ERROR "vbench_add_suite(${name}): SOURCES is missing; name the suite's C files.")
  endif()
  if(arg_UNPARSED_ARGUMENTS)
    message(FATAL_ERROR "vbench_add_suite(${name}): unknown arguments: ${arg_UNPARSED_ARGUMENTS}.")
  endif()

  add_executable(${name} ${arg_SOURCES})
  set_target_properties(${name} PROPERTIES LINKER_LANGUAGE CXX)
  target_link_libraries(${name} PRIVATE ${arg_SUBJECT} ${arg_LIBRARIES} vbench::vbench)

  set_property(DIRECTORY APPEND PROPERTY VBENCH_SUITES ${name})

  set(subject_files "")
  foreach(subject IN LISTS arg_SUBJECT)
    if(NOT TARGET ${subject})
      message(FATAL_ERROR
        "vbench_add_suite(${name}): SUBJECT ${subject} is no target; name an OBJECT or STATIC library.")
    endif()
    get_target_property(type ${subject} TYPE)
    if(type STREQUAL "OBJECT_LIBRARY")
      list(APPEND subject_files "$<TARGET_OBJECTS:${subject}>")
    elseif(type STREQUAL "STATIC_LIBRARY")
      list(APPEND subject_files "$<TARGET_FILE:${subject}>")
    else()
      message(FATAL_ERROR
        "vbench_add_suite(${name}): SUBJECT ${subject} is a ${type}; it must be an OBJECT or STATIC "
        "library, because its objects are linked again to vary their placement.")
    endif()
  endforeach()

  set(libraries "")
  foreach(library IN LISTS arg_LIBRARIES)
    if(TARGET ${library})
      get_target_property(type ${library} TYPE)
      if(type STREQUAL "INTERFACE_LIBRARY") # no file of its own, only what it asks for
        list(APPEND libraries "$<TARGET_PROPERTY:${library},INTERFACE_LINK_LIBRARIES>")
      else()
        list(APPEND libraries "$<TARGET_LINKER_FILE:${library}>")
      endif()
    elseif(library MATCHES "^[-/]")
      list(APPEND libraries "${library}")
    else()
      list(APPEND libraries "-l${library}")
    endif()
  endforeach()

  list(APPEND libraries "$<TARGET_FILE:benchmark::benchmark>" "-lpthread" "-ldl")

  string(TOUPPER "${CMAKE_BUILD_TYPE}" config)
  set(compiler_flags ${CMAKE_C_FLAGS} ${CMAKE_C_FLAGS_${config}})
  foreach(target IN LISTS arg_SUBJECT ITEMS ${name})
    get_target_property(options ${target} COMPILE_OPTIONS)
    if(options)
      list(FILTER options EXCLUDE REGEX "^\\$<") # those for one language or configuration only
      list(APPEND compiler_flags ${options})
    endif()
  endforeach()
  list(REMOVE_DUPLICATES compiler_flags)
  list(JOIN compiler_flags " " compiler_flags)
  string(TOLOWER "${CMAKE_C_COMPILER_ID}" compiler_name)
  string(REPLACE "gnu" "gcc" compiler_name "${compiler_name}")
  string(STRIP "${CMAKE_CXX_FLAGS} ${CMAKE_CXX_FLAGS_${config}} ${CMAKE_EXE_LINKER_FLAGS} ${CMAKE_EXE_LINKER_FLAGS_${config}}" linker_flags)
  foreach(text compiler_flags linker_flags) # they go into JSON strings
    string(REPLACE "\\" "\\\\" ${text} "${${text}}")
    string(REPLACE "\"" "\\\"" ${text} "${${text}}")
  endforeach()
  set(join "\",\n    \"")
  set(subject_text "") # the elements of a JSON list
  if(subject_files)
    set(subject_text "\n    \"$<JOIN:${subject_files},${join}>\"\n  ")
  endif()
  file(GENERATE OUTPUT "$<TARGET_FILE:${name}>.link.json" CONTENT
"{
  \"recipe_version\": 1,
  \"suite\": \"${name}\",
  \"build_type\": \"${CMAKE_BUILD_TYPE}\",
  \"compiler\": \"${compiler_name} ${CMAKE_C_COMPILER_VERSION}\",
  \"compiler_flags\": \"${compiler_flags}\",
  \"linker\": \"${CMAKE_CXX_COMPILER}\",
  \"linker_flags\": \"${linker_flags}\",
  \"suite_objects\": [
    \"$<JOIN:$<TARGET_OBJECTS:${name}>,${join}>\"
  ],
  \"subject_objects\": [${subject_text}],
  \"harness\": \"$<TARGET_FILE:vbench::vbench>\",
  \"libraries\": [
    \"$<JOIN:$<FILTER:${libraries},EXCLUDE,^$>,${join}>\"
  ]
}
")
endfunction()
