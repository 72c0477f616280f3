# vbench_add_suite(NAME SOURCES file... [SUBJECT target...] [LIBRARIES target...])
#
# Makes the suite executable NAME from its C files and what it measures, and beside it
# NAME.link.json: the recipe to link it again (objects in order, libraries, linker command) and how
# it was compiled. SUBJECT names libraries of any kind, imported ones too; LIBRARIES whatever else
# they need and is not measured. The folder's property VBENCH_SUITES lists its suites.
#
# A comparison varies where code lies by linking the suite's and the subject's objects again. The
# recipe's "layout" is "fixed", with the reason, where that does not move the measured code: in a
# shared library, and where the linker optimises.
include(${CMAKE_CURRENT_LIST_DIR}/vbench_add_variant.cmake)
include(${CMAKE_CURRENT_LIST_DIR}/vbench_compile_flags.cmake)
include(${CMAKE_CURRENT_LIST_DIR}/vbench_links.cmake)

function(vbench_add_suite name)
  cmake_parse_arguments(PARSE_ARGV 1 arg "" "" "SOURCES;SUBJECT;LIBRARIES")
  if(NOT arg_SOURCES)
    message(FATAL_ERROR "vbench_add_suite(${name}): SOURCES is missing; name the suite's C files.")
  endif()
  if(arg_UNPARSED_ARGUMENTS)
    message(FATAL_ERROR "vbench_add_suite(${name}): unknown arguments: ${arg_UNPARSED_ARGUMENTS}.")
  endif()

  foreach(subject IN LISTS arg_SUBJECT)
    if(NOT TARGET ${subject})
      message(FATAL_ERROR "vbench_add_suite(${name}): SUBJECT ${subject} is no target; name a library.")
    endif()
    get_target_property(type ${subject} TYPE)
    if(NOT type MATCHES "^(OBJECT|STATIC|SHARED|INTERFACE|UNKNOWN)_LIBRARY$")
      message(FATAL_ERROR
        "vbench_add_suite(${name}): SUBJECT ${subject} is of type ${type}, which no program can link; "
        "put the code into a library.")
    endif()
  endforeach()

  # A project in C alone has no C++ linker; what it lacks is the C++ runtime's name.
  get_property(languages GLOBAL PROPERTY ENABLED_LANGUAGES)
  set(link_language C)
  set(cxx_library ${VBENCH_CXX_LIBRARY})
  if("CXX" IN_LIST languages)
    set(link_language CXX)
    set(cxx_library "")
  endif()

  add_executable(${name} ${arg_SOURCES})
  # A comparison places each section on its own.
  target_compile_options(${name} PRIVATE -ffunction-sections)
  set_target_properties(${name} PROPERTIES LINKER_LANGUAGE ${link_language})
  target_link_libraries(${name} PRIVATE ${arg_SUBJECT} ${arg_LIBRARIES} vbench::vbench ${cxx_library})

  set_property(DIRECTORY APPEND PROPERTY VBENCH_SUITES ${name})

  # At the folder's end, when all properties and flags are set.
  cmake_language(EVAL CODE "cmake_language(DEFER CALL vbench_write_recipe
    [[${name}]] [[${arg_SUBJECT}]] [[${arg_LIBRARIES}]] [[${link_language}]] [[${cxx_library}]])")
endfunction()

# Writes the suite's NAME.link.json, one for each build type of a generator that has several.
function(vbench_write_recipe name subjects named_libraries link_language cxx_library)
  vbench_sort_links(${name} "${subjects}" "${named_libraries}")
  foreach(kind OBJECTS SHARED LIBRARIES LTO LINK_FLAGS)
    set(${kind} "$<GENEX_EVAL:$<TARGET_PROPERTY:${name},VBENCH_${kind}>>")
  endforeach()
  set(libraries "${LIBRARIES}" "$<TARGET_FILE:benchmark::benchmark>")
  if(cxx_library)
    list(APPEND libraries "-l${cxx_library}")
  endif()
  list(APPEND libraries "-lpthread")

  # The file is written with the properties of one language.
  vbench_languages(${name} languages)
  get_property(enabled GLOBAL PROPERTY ENABLED_LANGUAGES)
  set(language C)
  if(NOT "C" IN_LIST enabled OR ("CXX" IN_LIST languages AND NOT "C" IN_LIST languages))
    set(language CXX)
  endif()
  set(compiler_flags "") # of all of them
  set(target_flags "")   # members of a JSON object
  vbench_needs("${subjects}" "${named_libraries}" needs)
  foreach(target IN LISTS subjects needs ITEMS ${name})
    vbench_target_flags(${target} ${language} members flags)
    string(APPEND target_flags "${members}")
    list(APPEND compiler_flags ${flags})
  endforeach()
  string(REGEX REPLACE "^," "" target_flags "${target_flags}")
  # For a reader: warnings change nothing.
  set(compiler_flags "$<JOIN:$<REMOVE_DUPLICATES:$<FILTER:${compiler_flags},EXCLUDE,^(-W[^ $<COMMA>]+)?$>>, >")
  string(TOLOWER "${CMAKE_${language}_COMPILER_ID}" compiler_name)
  string(REPLACE "gnu" "gcc" compiler_name "${compiler_name}")
  get_target_property(folder ${name} SOURCE_DIR)
  vbench_folder_flags(${folder} "CMAKE_${link_language}_FLAGS;CMAKE_EXE_LINKER_FLAGS" linker_flags)
  vbench_join(linker_flags)
  get_target_property(measured ${name} VBENCH_MEASURED)
  set(NEEDED "")
  foreach(need IN LISTS needs)
    if(NOT need IN_LIST measured) # else it stands among OBJECTS or SHARED
      list(APPEND NEEDED "$<TARGET_OBJECTS:${need}>")
    endif()
  endforeach()
  string(REPLACE ";" " " subject "${subjects}")
  set(join "\",\n    \"")
  foreach(kind OBJECTS SHARED NEEDED LTO) # the elements of a JSON list
    set(${kind}_text "$<$<BOOL:${${kind}}>:\n    \"$<JOIN:${${kind}},${join}>\"\n  >")
  endforeach()
  set(fixed "$<OR:$<BOOL:${SHARED}>,$<BOOL:${LTO}>>")
  string(CONCAT reason
    "$<$<BOOL:${SHARED}>:The code of a shared library lies where that library's own link placed it.>"
    "$<$<AND:$<BOOL:${SHARED}>,$<BOOL:${LTO}>>: >"
    "$<$<BOOL:${LTO}>:Link-time optimisation orders the code itself; the order of the objects does not.>")
  file(GENERATE OUTPUT "$<TARGET_FILE:${name}>.link.json" CONTENT
"{
  \"recipe_version\": 1,
  \"suite\": \"${name}\",
  \"subject\": \"${subject}\",
  \"build_folder\": \"${CMAKE_BINARY_DIR}\",
  \"build_type\": \"$<CONFIG>\",
  \"compiler\": \"${compiler_name} ${CMAKE_${language}_COMPILER_VERSION}\",
  \"compiler_flags\": \"${compiler_flags}\",
  \"target_flags\": {${target_flags}
  },
  \"linker\": \"${CMAKE_${link_language}_COMPILER}\",
  \"linker_flags\": \"${linker_flags}${LINK_FLAGS}\",
  \"suite_objects\": [
    \"$<JOIN:$<TARGET_OBJECTS:${name}>,${join}>\"
  ],
  \"subject_objects\": [${OBJECTS_text}],
  \"subject_shared\": [${SHARED_text}],
  \"needed_objects\": [${NEEDED_text}],
  \"link_time_optimised\": [${LTO_text}],
  \"layout\": \"$<IF:${fixed},fixed,free>\",
  \"layout_reason\": $<${fixed}:\"${reason}\">$<$<NOT:${fixed}>:null>,
  \"harness\": \"$<TARGET_FILE:vbench::vbench>\",
  \"libraries\": [
    \"$<JOIN:$<FILTER:${libraries},EXCLUDE,^$>,${join}>\"
  ]
}
"
    CONDITION $<COMPILE_LANGUAGE:${language}>) # it would be written once a language
endfunction()
