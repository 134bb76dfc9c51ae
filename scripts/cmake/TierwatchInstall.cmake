# What is installed, and where. The unit and the completions follow the prefix, also one that is only named at the
# install (`cmake --install build/release --prefix /opt/tierwatch`).

# The configuration is where the program looks by itself, /etc, unless the prefix is a place of its own.
install(CODE [[
  set(tierwatch_etc /etc)
  if(NOT CMAKE_INSTALL_PREFIX MATCHES "^/usr(/local)?/?$")
    set(tierwatch_etc "${CMAKE_INSTALL_PREFIX}/etc")
  endif()
]])
set(tierwatch_maintainer "The tierwatch authors <maintainers@tierwatch.invalid>")
install(CODE "
  set(tierwatch_source \"${PROJECT_SOURCE_DIR}\")
  set(tierwatch_build \"${PROJECT_BINARY_DIR}\")
  set(tierwatch_version \"${PROJECT_VERSION}\")
  set(tierwatch_maintainer \"${tierwatch_maintainer}\")
")
install(CODE [[
  set(share "${CMAKE_INSTALL_PREFIX}/share")
  file(INSTALL "${tierwatch_source}/config/tierwatch.toml" DESTINATION "${tierwatch_etc}/tierwatch"
    PERMISSIONS OWNER_READ OWNER_WRITE GROUP_READ)
  file(MAKE_DIRECTORY "$ENV{DESTDIR}${tierwatch_etc}/tierwatch/conf.d")

  # Units with this prefix in place of /usr.
  file(GLOB units "${tierwatch_source}/systemd/*.service" "${tierwatch_source}/systemd/*.socket"
    "${tierwatch_source}/systemd/drop-ins/*.conf")
  foreach(unit IN LISTS units)
    file(READ "${unit}" text)
    string(REPLACE "/usr/bin/tierwatch" "${CMAKE_INSTALL_PREFIX}/bin/tierwatch" text "${text}")
    string(REPLACE "/usr/share/tierwatch" "${share}/tierwatch" text "${text}")
    string(REPLACE "/etc/tierwatch/" "${tierwatch_etc}/tierwatch/" text "${text}")
    get_filename_component(name "${unit}" NAME)
    file(WRITE "${tierwatch_build}/installed/${name}" "${text}")
    set(folder "${CMAKE_INSTALL_PREFIX}/lib/systemd/system")
    if(name MATCHES "[.]conf$")
      set(folder "${share}/tierwatch/systemd")
    endif()
    file(INSTALL "${tierwatch_build}/installed/${name}" DESTINATION "${folder}")
  endforeach()

  # Man pages and the changelog, compressed as Debian wants them: the same bytes each time. (TIMESTAMP goes by
  # SOURCE_DATE_EPOCH where that is set.)
  string(TIMESTAMP date "%a, %d %b %Y %H:%M:%S +0000" UTC)
  file(WRITE "${tierwatch_build}/installed/changelog"
    "tierwatch (${tierwatch_version}) unstable; urgency=medium\n\n  * What is new is in NEWS.gz.\n\n"
    " -- ${tierwatch_maintainer}  ${date}\n")
  file(GLOB pages "${tierwatch_source}/docs/*.[1-8]")
  foreach(page IN LISTS pages ITEMS "${tierwatch_build}/installed/changelog" "${tierwatch_source}/CHANGELOG.md")
    get_filename_component(name "${page}" NAME)
    string(REGEX MATCH "[1-8]$" section "${name}")
    set(folder "man/man${section}")
    if(NOT section)
      set(folder doc/tierwatch)
      string(REPLACE CHANGELOG.md NEWS name "${name}")
    endif()
    execute_process(COMMAND gzip --best --no-name --stdout "${page}"
      OUTPUT_FILE "${tierwatch_build}/installed/${name}.gz" COMMAND_ERROR_IS_FATAL ANY)
    file(INSTALL "${tierwatch_build}/installed/${name}.gz" DESTINATION "${share}/${folder}")
  endforeach()
]])
install(CODE "set(tierwatch_program \"$<TARGET_FILE:tierwatch>\")")
install(CODE [[
  find_program(tierwatch_python NAMES python3)
  if(tierwatch_python)
    set(folder "${tierwatch_build}/installed")
    execute_process(COMMAND ${tierwatch_python} "${tierwatch_source}/scripts/lib/completions.py" "${tierwatch_program}"
      "${folder}" COMMAND_ERROR_IS_FATAL ANY)
    set(share "${CMAKE_INSTALL_PREFIX}/share")
    file(INSTALL "${folder}/tierwatch.bash" DESTINATION "${share}/bash-completion/completions" RENAME tierwatch)
    file(INSTALL "${folder}/_tierwatch" DESTINATION "${share}/zsh/vendor-completions")
    file(INSTALL "${folder}/tierwatch.fish" DESTINATION "${share}/fish/vendor_completions.d")
    execute_process(COMMAND ${tierwatch_python} "${tierwatch_source}/scripts/lib/config_page.py"
      "${tierwatch_source}/config/tierwatch.toml" "${tierwatch_source}/docs/tierwatch.toml.5.in"
      OUTPUT_FILE "${folder}/tierwatch.toml.5" COMMAND_ERROR_IS_FATAL ANY)
    execute_process(COMMAND gzip --best --no-name --stdout "${folder}/tierwatch.toml.5"
      OUTPUT_FILE "${folder}/tierwatch.toml.5.gz" COMMAND_ERROR_IS_FATAL ANY)
    file(INSTALL "${folder}/tierwatch.toml.5.gz" DESTINATION "${share}/man/man5")
  else()
    message(WARNING "no python3 here: completions and tierwatch.toml(5) are not installed")
  endif()
]])
install(FILES systemd/sysusers.d/tierwatch.conf DESTINATION lib/sysusers.d)
install(FILES systemd/tmpfiles.d/tierwatch.conf DESTINATION lib/tmpfiles.d)
install(FILES systemd/modules-load.d/tierwatch.conf DESTINATION lib/modules-load.d)
install(FILES systemd/debian/copyright DESTINATION share/doc/tierwatch)
# Rules and dashboards, where this tree has them.
foreach(shared prometheus grafana mixin)
  if(EXISTS ${PROJECT_SOURCE_DIR}/config/${shared})
    install(DIRECTORY config/${shared} DESTINATION share/tierwatch PATTERN README.md EXCLUDE)
  endif()
endforeach()
