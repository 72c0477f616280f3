# What a target is compiled with, for the recipe of vbench_add_suite. The results hold generator
# expressions for file(GENERATE): options also come from the libraries that a target links, and from
# calls that follow.

# Escapes texts for JSON strings, in place.
function(vbench_escape)
  foreach(text IN LISTS ARGN)
    string(REPLACE "\\" "\\\\" ${text} "${${text}}")
    string(REPLACE "\"" "\\\"" ${text} "${${text}}")
    set(${text} "${${text}}" PARENT_SCOPE)
  endforeach()
endfunction()

# vbench_options(TARGET LANGUAGES FOLDER_FLAGS OPTIONS): what the target is compiled with, in order, as
# far as it is known now; generator expressions are left as they stand. FOLDER_FLAGS becomes the flags
# of its folder, which may have changed CMAKE_<LANGUAGE>_FLAGS for itself; OPTIONS the target's own
# options and those that it takes over from what it links.
function(vbench_options target languages folder_flags_variable options_variable)
  get_target_property(folder ${target} SOURCE_DIR)
  string(TOUPPER "${CMAKE_BUILD_TYPE}" config)
  set(flags "")
  foreach(language IN LISTS languages)
    foreach(variable CMAKE_${language}_FLAGS CMAKE_${language}_FLAGS_${config})
      get_directory_property(value DIRECTORY ${folder} DEFINITION ${variable})
      list(APPEND flags ${value})
    endforeach()
  endforeach()
  set(${folder_flags_variable} "${flags}" PARENT_SCOPE)

  set(found "")
  foreach(property COMPILE_FLAGS COMPILE_OPTIONS)
    get_target_property(options ${target} ${property})
    if(options)
      list(APPEND found ${options})
    endif()
  endforeach()
  set(seen "")
  get_target_property(queue ${target} LINK_LIBRARIES)
  while(queue)
    list(POP_FRONT queue library)
    if(TARGET "${library}" AND NOT library IN_LIST seen)
      list(APPEND seen ${library})
      get_target_property(options ${library} INTERFACE_COMPILE_OPTIONS)
      if(options)
        list(APPEND found ${options})
      endif()
      get_target_property(needs ${library} INTERFACE_LINK_LIBRARIES)
      if(needs)
        list(APPEND queue ${needs})
      endif()
    endif()
  endwhile()
  set(${options_variable} "${found}" PARENT_SCOPE)
endfunction()

# vbench_compile_flags(TARGET LANGUAGE FLAGS SOURCES): FLAGS becomes the target's options in their order, as
# a list whose elements are escaped for JSON; nothing if they are not known, because it is imported.
# SOURCES becomes JSON members `, "file": "all its options"` for the files with options of their own.
function(vbench_compile_flags target language flags_variable sources_variable)
  set(${flags_variable} "" PARENT_SCOPE)
  set(${sources_variable} "" PARENT_SCOPE)
  get_target_property(imported ${target} IMPORTED)
  if(imported)
    return()
  endif()

  vbench_options(${target} ${language} flags options)
  # No generator expression can escape; what needs it is taken as it stands now, and left out of
  # what is evaluated later.
  list(FILTER options INCLUDE REGEX "[\"\\\\]")
  list(FILTER options EXCLUDE REGEX "^\\$<")
  list(APPEND flags ${options})
  vbench_escape(flags)
  string(REPLACE ">" "$<ANGLE-R>" flags "${flags}") # they become parameters of generator expressions
  string(REPLACE "," "$<COMMA>" flags "${flags}")
  foreach(property COMPILE_OPTIONS COMPILE_FLAGS)
    list(APPEND flags "$<FILTER:$<TARGET_PROPERTY:${target},${property}>,EXCLUDE,[\"\\\\]>")
  endforeach()
  set(${flags_variable} "${flags}" PARENT_SCOPE)

  set(members "")
  get_target_property(folder ${target} SOURCE_DIR)
  get_target_property(sources ${target} SOURCES)
  foreach(source IN LISTS sources)
    if(source MATCHES "\\$<")
      continue()
    endif()
    cmake_path(ABSOLUTE_PATH source BASE_DIRECTORY ${folder})
    set(own "")
    foreach(property COMPILE_FLAGS COMPILE_OPTIONS)
      get_source_file_property(value ${source} TARGET_DIRECTORY ${target} ${property})
      if(value)
        list(APPEND own ${value})
      endif()
    endforeach()
    if(own)
      cmake_path(GET source FILENAME file)
      vbench_escape(own file)
      string(APPEND members ",\n    \"${file}\": \"$<JOIN:${flags};${own}, >\"")
    endif()
  endforeach()
  set(${sources_variable} "${members}" PARENT_SCOPE)
endfunction()
