# What `cmake --install BUILD --prefix FOLDER` puts there: vbench with its report generator, libvbench
# with its header, and what CMake and pkg-config say of it. The engine stays behind. Every path in
# an installed file is relative to that file, so that the prefix may be moved.
include(CMakePackageConfigHelpers)

set(cmake_folder ${CMAKE_INSTALL_LIBDIR}/cmake/vbench)
set(share_folder ${CMAKE_INSTALL_DATADIR}/vbench)

set_target_properties(vbench_program PROPERTIES EXPORT_NAME program)
install(TARGETS vbench vbench_program EXPORT vbench)
install(TARGETS vbench_allocations DESTINATION ${CMAKE_INSTALL_LIBDIR}/vbench) # loaded, never linked
add_custom_target(vbench_installed DEPENDS vbench vbench_program vbench_allocations) # what is built before
install(FILES include/vbench/vbench.h DESTINATION ${CMAKE_INSTALL_INCLUDEDIR}/vbench)

# The report generator finds its schema and its interpreter as it does in the source tree.
install(PROGRAMS ${CMAKE_SOURCE_DIR}/reports/vbench-report DESTINATION ${share_folder}/reports)
install(DIRECTORY ${CMAKE_SOURCE_DIR}/reports/vbench_report DESTINATION ${share_folder}/reports
  FILES_MATCHING PATTERN *.py PATTERN *.j2 PATTERN *.css PATTERN *.js PATTERN __pycache__ EXCLUDE)
install(FILES ${CMAKE_SOURCE_DIR}/baselines/schema.json DESTINATION ${share_folder}/baselines)
install(PROGRAMS ${CMAKE_SOURCE_DIR}/scripts/find_python.sh DESTINATION ${share_folder}/scripts)

# The C++ runtime that a link by a C compiler must name: -lstdc++, or -lc++.
set(cxx_library ${CMAKE_CXX_IMPLICIT_LINK_LIBRARIES})
list(FILTER cxx_library INCLUDE REGEX "^(std)?c\\+\\+$")
list(REMOVE_DUPLICATES cxx_library)

install(EXPORT vbench NAMESPACE vbench:: FILE vbench-targets.cmake DESTINATION ${cmake_folder})
configure_file(cmake/vbench-config.cmake.in vbench-config.cmake @ONLY)
write_basic_package_version_file(vbench-config-version.cmake COMPATIBILITY SameMinorVersion)
install(FILES
  ${CMAKE_CURRENT_BINARY_DIR}/vbench-config.cmake
  ${CMAKE_CURRENT_BINARY_DIR}/vbench-config-version.cmake
  cmake/vbench_add_suite.cmake
  cmake/vbench_add_variant.cmake
  cmake/vbench_compile_flags.cmake
  cmake/vbench_links.cmake
  DESTINATION ${cmake_folder})

# Google Benchmark's C++ interface changes with its minor version, which libvbench is bound to.
math(EXPR gbench_next_minor "${benchmark_VERSION_MINOR} + 1")
file(RELATIVE_PATH prefix_from_pkgconfig
  ${CMAKE_INSTALL_FULL_LIBDIR}/pkgconfig ${CMAKE_INSTALL_PREFIX})
string(REGEX REPLACE "/$" "" prefix_from_pkgconfig "${prefix_from_pkgconfig}")
configure_file(cmake/vbench.pc.in vbench.pc @ONLY)
install(FILES ${CMAKE_CURRENT_BINARY_DIR}/vbench.pc DESTINATION ${CMAKE_INSTALL_LIBDIR}/pkgconfig)

install(FILES ${CMAKE_SOURCE_DIR}/LICENSE ${CMAKE_SOURCE_DIR}/README.md
  DESTINATION ${CMAKE_INSTALL_DATADIR}/doc/vbench)
install(DIRECTORY examples DESTINATION ${CMAKE_INSTALL_DATADIR}/doc/vbench
  FILES_MATCHING PATTERN *.c PATTERN *.h PATTERN *.md PATTERN *.yml PATTERN CMakeLists.txt PATTERN Makefile)
