# A Debian package out of a build tree. Sourced, not run; wants report.sh.

# The newest change of what goes into the package: of the commit, else of the changelog (a tree without git).
source_epoch() {
  git -C "$root" log -1 --format=%ct 2>/dev/null || stat -c %Y "$root/CHANGELOG.md"
}

# write_deb BUILD-TREE: writes it there; a former one goes.
write_deb() {
  rm -f "$1"/tierwatch_*.deb
  (
    cd "$1"
    umask 022
    SOURCE_DATE_EPOCH=$(source_epoch) step "package" cpack -G DEB
  )
}

deb_in() { find "$1" -maxdepth 1 -name 'tierwatch_*.deb'; }
