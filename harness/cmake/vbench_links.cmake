# What a suite links, for its recipe. Not for direct use: vbench_write_recipe calls vbench_sort_links.
# Uses functions of vbench_compile_flags.cmake.

# Sorts what the suite links, and what that links, into the suite's properties
#   VBENCH_OBJECTS     the subject's object files and archives
#   VBENCH_SHARED      the subject's shared libraries
#   VBENCH_LIBRARIES   the rest of the linker's command line; shared subjects stand there, too
#   VBENCH_LTO         what of suite and subject the linker optimises
#   VBENCH_LINK_FLAGS  the linker's flags that are the suite's own, each behind a blank
# Their values are generator expressions.
function(vbench_sort_links suite subjects libraries)
  foreach(subject IN LISTS subjects)
    vbench_sort_link(${suite} ${subject} SUBJECT)
  endforeach()
  foreach(library IN LISTS libraries)
    vbench_sort_link(${suite} ${library} LIBRARY)
  endforeach()

  vbench_note_lto(${suite} ${suite})
  get_target_property(optimised ${suite} VBENCH_LTO)
  get_target_property(flags ${suite} LINK_OPTIONS)
  if(NOT flags)
    set(flags "")
  endif()
  list(FILTER flags EXCLUDE REGEX "\\$<")
  list(TRANSFORM flags REPLACE "^SHELL:" "") # CMake's own prefixes
  list(TRANSFORM flags REPLACE "^LINKER:" "-Wl,")
  get_target_property(language ${suite} LINKER_LANGUAGE)
  vbench_property_of_build_type(${suite} INTERPROCEDURAL_OPTIMIZATION by_cmake)
  if(by_cmake)
    list(APPEND flags ${CMAKE_${language}_COMPILE_OPTIONS_IPO} ${CMAKE_${language}_LINK_OPTIONS_IPO})
  elseif(optimised) # the subject alone may be; clang's objects cannot be linked without this flag
    set(flag -flto)
    if(CMAKE_C_COMPILER_ID STREQUAL "GNU")
      set(flag -flto=auto)
    endif()
    target_link_options(${suite} PRIVATE ${flag})
    list(APPEND flags ${flag})
  endif()
  list(TRANSFORM flags PREPEND " ")
  list(JOIN flags "" flags)
  vbench_escape(flags)
  set_property(TARGET ${suite} PROPERTY VBENCH_LINK_FLAGS "${flags}")
endfunction()

# One thing that is linked. Its role: SUBJECT or LIBRARY as named by the user, PART of a subject that
# is an interface library, or NEED of something else. CMake links an object library's files only
# where it is named.
function(vbench_sort_link suite item role)
  if(item MATCHES "^\\$<(LINK_ONLY|BUILD_INTERFACE):(.+)>$")
    set(item "${CMAKE_MATCH_2}")
  endif()
  get_target_property(seen ${suite} VBENCH_SEEN)
  if("${item}" IN_LIST seen OR item MATCHES "^(::@.*|\\$<INSTALL_INTERFACE:.*|)$") # marks of CMake's own
    return()
  endif()
  set_property(TARGET ${suite} APPEND PROPERTY VBENCH_SEEN "${item}")

  if(NOT TARGET "${item}")
    if(item MATCHES "^[-/]")
      string(REPLACE "," "$<COMMA>" item "${item}")
    elseif(NOT item MATCHES "^\\$<")
      if(item MATCHES "::")
        message(WARNING
          "The suite ${suite} links ${item}, which is unknown in its folder, so that a comparison cannot link it in "
          "other layouts; find it in a folder above both (before add_subdirectory), or as a GLOBAL target.")
      endif()
      set(item "-l${item}")
    endif()
    set_property(TARGET ${suite} APPEND PROPERTY VBENCH_LIBRARIES "${item}")
    return()
  endif()

  set(measured FALSE)
  if(role MATCHES "^(SUBJECT|PART)$")
    set(measured TRUE)
    set_property(TARGET ${suite} APPEND PROPERTY VBENCH_MEASURED "${item}")
    vbench_note_lto(${suite} ${item})
  endif()
  get_target_property(type ${item} TYPE)
  set(archive "")
  set(shared "")
  if(type STREQUAL "OBJECT_LIBRARY" AND role MATCHES "^(SUBJECT|LIBRARY)$")
    set(archive "$<TARGET_OBJECTS:${item}>")
  elseif(type STREQUAL "STATIC_LIBRARY")
    set(archive "$<TARGET_LINKER_FILE:${item}>")
  elseif(type STREQUAL "SHARED_LIBRARY")
    set(shared "$<TARGET_LINKER_FILE:${item}>")
  elseif(type STREQUAL "UNKNOWN_LIBRARY") # as most find modules make it: told by its name
    set(archive "$<FILTER:$<TARGET_LINKER_FILE:${item}>,INCLUDE,[.]a$>")
    set(shared "$<FILTER:$<TARGET_LINKER_FILE:${item}>,EXCLUDE,[.]a$>")
  endif()
  if(measured)
    set_property(TARGET ${suite} APPEND PROPERTY VBENCH_OBJECTS ${archive})
    set_property(TARGET ${suite} APPEND PROPERTY VBENCH_SHARED ${shared})
  else()
    set_property(TARGET ${suite} APPEND PROPERTY VBENCH_LIBRARIES ${archive})
  endif()
  if(shared)
    # Found again when the suite starts, unless it lies where all programs look.
    set(folder "$<TARGET_FILE_DIR:${item}>")
    set_property(TARGET ${suite} APPEND PROPERTY VBENCH_LIBRARIES ${shared}
      "$<$<BOOL:$<FILTER:${folder},EXCLUDE,^(/usr)?/lib>>:-Wl$<COMMA>-rpath$<COMMA>${folder}>")
  endif()

  set(role_of_needs NEED)
  if(measured AND type STREQUAL "INTERFACE_LIBRARY")
    set(role_of_needs PART)
  endif()
  get_target_property(needs ${item} INTERFACE_LINK_LIBRARIES)
  if(needs)
    foreach(need IN LISTS needs)
      vbench_sort_link(${suite} "${need}" ${role_of_needs})
    endforeach()
  endif()
endfunction()

# vbench_needs(SUBJECTS OTHERS NEEDS): NEEDS becomes the libraries of this build that the subjects are made of or
# link, directly or not, and whose code the suite therefore runs. Neither the subjects nor OTHERS, nor
# libvbench.
function(vbench_needs subjects others needs_variable)
  set(found "")
  set(seen vbench::vbench vbench ${others})
  set(queue ${subjects})
  while(queue)
    list(POP_FRONT queue item)
    string(REGEX REPLACE "^\\$<(LINK_ONLY|BUILD_INTERFACE|TARGET_OBJECTS):(.+)>$" "\\2" item "${item}")
    if(NOT TARGET "${item}" OR item IN_LIST seen)
      continue()
    endif()
    list(APPEND seen ${item})
    get_target_property(name ${item} ALIASED_TARGET)
    if(name)
      list(PREPEND queue ${name})
      continue()
    endif()
    get_target_property(type ${item} TYPE)
    get_target_property(imported ${item} IMPORTED)
    if(type MATCHES "^(OBJECT|STATIC|SHARED)_LIBRARY$" AND NOT imported AND NOT item IN_LIST subjects)
      list(APPEND found ${item})
    endif()
    foreach(property LINK_LIBRARIES INTERFACE_LINK_LIBRARIES SOURCES)
      get_target_property(needs ${item} ${property})
      if(needs)
        list(APPEND queue ${needs})
      endif()
    endforeach()
  endwhile()
  set(${needs_variable} "${found}" PARENT_SCOPE)
endfunction()

# Adds the target to VBENCH_LTO if it is compiled for optimisation by the linker.
function(vbench_note_lto suite target)
  get_target_property(imported ${target} IMPORTED)
  get_target_property(type ${target} TYPE)
  if(imported OR type STREQUAL "INTERFACE_LIBRARY") # compiled elsewhere, or with the suite
    return()
  endif()
  get_target_property(folder ${target} SOURCE_DIR)
  vbench_folder_flags(${folder} "CMAKE_C_FLAGS;CMAKE_CXX_FLAGS" flags)
  vbench_options(${target} options)
  vbench_property_of_build_type(${target} INTERPROCEDURAL_OPTIMIZATION by_cmake)
  string(REGEX MATCHALL "-flto|-fno-lto" switches "${flags};${options}") # the last one counts
  list(POP_BACK switches last)
  if(by_cmake OR last STREQUAL "-flto")
    set_property(TARGET ${suite} APPEND PROPERTY VBENCH_LTO ${target})
  endif()
endfunction()

# A property that may be set for the build type alone.
function(vbench_property_of_build_type target property out)
  string(TOUPPER "${CMAKE_BUILD_TYPE}" config)
  get_target_property(value ${target} ${property}_${config})
  if(value MATCHES "-NOTFOUND$")
    get_target_property(value ${target} ${property})
  endif()
  if(value)
    set(${out} TRUE PARENT_SCOPE)
  else()
    set(${out} FALSE PARENT_SCOPE)
  endif()
endfunction()
