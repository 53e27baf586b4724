# SPDX-License-Identifier: MIT
# What `cmake --install` puts where: below the prefix, but for the example in /etc and the helper of mount(8).
set(G2AFS_PROGRAM ${CMAKE_INSTALL_FULL_BINDIR}/g2afs)
configure_file(packaging/g2afs@.service.in g2afs@.service @ONLY)
configure_file(packaging/g2afs-user@.service.in user/g2afs@.service @ONLY)

install(TARGETS g2afs RUNTIME DESTINATION ${CMAKE_INSTALL_BINDIR})
install(FILES man/g2afs.1 DESTINATION ${CMAKE_INSTALL_MANDIR}/man1)
install(FILES man/g2afs.json.5 DESTINATION ${CMAKE_INSTALL_MANDIR}/man5)
install(FILES README.md CHANGELOG.md DESTINATION ${CMAKE_INSTALL_DOCDIR})
install(FILES docs/RELIABILITY.md DESTINATION ${CMAKE_INSTALL_DOCDIR})
install(FILES LICENSE DESTINATION ${CMAKE_INSTALL_DOCDIR} RENAME copyright)

# systemd looks here whatever the machine's library directory is called.
install(FILES ${PROJECT_BINARY_DIR}/g2afs@.service DESTINATION lib/systemd/system)
install(FILES ${PROJECT_BINARY_DIR}/user/g2afs@.service DESTINATION lib/systemd/user)

# Debian's zsh reads the packages' completions from a directory of its own.
if(CMAKE_INSTALL_PREFIX STREQUAL /usr)
  set(zsh_completions share/zsh/vendor-completions)
else()
  set(zsh_completions share/zsh/site-functions)
endif()
install(FILES packaging/completions/g2afs.bash DESTINATION share/bash-completion/completions RENAME g2afs)
install(FILES packaging/completions/_g2afs DESTINATION ${zsh_completions})
install(FILES packaging/completions/g2afs.fish DESTINATION share/fish/vendor_completions.d)

# A configuration holds secrets: the copy that is made of this is to begin with the right mode. What is installed for the
# whole machine has it where the unit looks.
if(CMAKE_INSTALL_PREFIX MATCHES "^/usr(/local)?$")
  set(configurations /etc/g2afs)
else()
  set(configurations ${CMAKE_INSTALL_SYSCONFDIR}/g2afs)
endif()
install(FILES packaging/example.json DESTINATION ${configurations} PERMISSIONS OWNER_READ OWNER_WRITE)

# mount(8) looks for helpers by the name of the file-system type, in /sbin and nowhere else; where there is no merged
# /usr, /usr/sbin is not that.
if(IS_SYMLINK /sbin)
  set(helper_directory /usr/sbin)
else()
  set(helper_directory /sbin)
endif()
file(RELATIVE_PATH program_from_helper ${helper_directory} ${G2AFS_PROGRAM})
install(CODE "
  set(helper \"\$ENV{DESTDIR}${helper_directory}/mount.g2afs\")
  file(MAKE_DIRECTORY \"\$ENV{DESTDIR}${helper_directory}\")
  file(CREATE_LINK ${program_from_helper} \"\${helper}\" RESULT linked SYMBOLIC)
  if(linked EQUAL 0)
    message(STATUS \"Installing: \${helper}\")
  else()
    message(STATUS \"Not installed: \${helper}: \${linked}: mount(8) and fstab will not know g2afs\")
  endif()")
