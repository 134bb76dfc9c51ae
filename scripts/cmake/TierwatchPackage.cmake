# The Debian package (scripts/package, or `cpack` in a release build). Two packages of one commit have the same bytes:
# SOURCE_DATE_EPOCH is the commit's time, and no path of the build gets into the program.

set(CPACK_GENERATOR DEB)
set(CPACK_SET_DESTDIR ON)  # /etc is not below the prefix
set(CPACK_INSTALL_PREFIX /usr)
set(CPACK_PACKAGE_CONTACT "${tierwatch_maintainer}")
set(CPACK_PACKAGE_DESCRIPTION_SUMMARY "shows which tier of a web stack is saturated, and on what")
set(CPACK_PACKAGE_DESCRIPTION "tierwatch finds the processes of each tier of a web stack (nginx, uWSGI,
gunicorn, PostgreSQL, Redis and others), counts exactly what they use, names
the tier that limits and the resource it is out of, and serves all of it to
Prometheus. It needs no privilege: the service runs as a user of its own, in
a sandbox, without any capability.")
set(CPACK_STRIP_FILES ON)
set(CPACK_DEBIAN_FILE_NAME DEB-DEFAULT)
set(CPACK_DEBIAN_PACKAGE_SECTION admin)
set(CPACK_DEBIAN_COMPRESSION_TYPE xz)
# Each library that the program is linked with; libcurl is loaded when it is wanted (docs/decisions.md).
set(CPACK_DEBIAN_PACKAGE_SHLIBDEPS ON)
set(CPACK_DEBIAN_PACKAGE_DEPENDS "systemd, passwd, procps, init-system-helpers (>= 1.54~), libcurl4 | libcurl4t64 | libcurl3-gnutls")
set(CPACK_DEBIAN_PACKAGE_CONTROL_STRICT_PERMISSION ON)
foreach(script conffiles postinst prerm postrm)
  list(APPEND CPACK_DEBIAN_PACKAGE_CONTROL_EXTRA ${PROJECT_SOURCE_DIR}/systemd/debian/${script})
endforeach()
include(CPack)
