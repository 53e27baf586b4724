# SPDX-License-Identifier: MIT
# What Debian's policy wants of the files that are about to be packed, and an installation by hand does without.
set(share ${CPACK_TEMPORARY_INSTALL_DIRECTORY}/usr/share)
set(doc ${share}/doc/g2afs)

file(RENAME ${doc}/CHANGELOG.md ${doc}/changelog)
string(TIMESTAMP now "%a, %d %b %Y %H:%M:%S +0000" UTC)
file(WRITE ${doc}/changelog.Debian "g2afs (${CPACK_PACKAGE_VERSION}-${CPACK_DEBIAN_PACKAGE_RELEASE}) unstable; urgency=medium

  * Built from its source; changelog.gz tells what is new.

 -- ${CPACK_PACKAGE_CONTACT}  ${now}
")

file(GLOB pages ${share}/man/*/*)
execute_process(COMMAND gzip -9n ${doc}/changelog ${doc}/changelog.Debian ${pages} COMMAND_ERROR_IS_FATAL ANY)
file(MAKE_DIRECTORY ${share}/man/man8 ${share}/lintian/overrides)
file(CREATE_LINK ../man1/g2afs.1.gz ${share}/man/man8/mount.g2afs.8.gz SYMBOLIC)
file(COPY_FILE ${CMAKE_CURRENT_LIST_DIR}/lintian-overrides ${share}/lintian/overrides/g2afs)
