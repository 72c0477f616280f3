# embed_file(FILE NAME OUTPUT): makes OUTPUT, a C file that defines `const char NAME[]`, a string with
# the bytes of FILE. Configuring again follows a change of FILE.
function(embed_file file name output)
  set_property(DIRECTORY APPEND PROPERTY CMAKE_CONFIGURE_DEPENDS ${file})
  file(READ ${file} bytes HEX)
  string(REGEX REPLACE "(................................)" "\\1\n" bytes "${bytes}")
  string(REGEX REPLACE "([0-9a-f][0-9a-f])" "0x\\1," bytes "${bytes}")
  file(CONFIGURE OUTPUT ${output} @ONLY CONTENT
    "extern const char @name@[];\nconst char @name@[] = {\n@bytes@0};\n")
endfunction()
