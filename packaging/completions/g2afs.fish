# SPDX-License-Identifier: MIT
# fish completion of g2afs.

function __g2afs_mount_options
    printf '%s=\n' api_url account_key user_key company_id from_time to_time time_period ids_parameter \
        token_url authorize_url client_id state_dir token_file dir_ttl max_connections api_connections timeout retry_for \
        memory_limit cache_dir cache_size ca_file proxy umask log_file fsname max_read
    printf 'session_type=%s\n' both attended unattended
    printf 'archived=%s\n' all exclude only
    printf 'ids_style=%s\n' repeat comma
    printf 'allow_http=%s\n' true false
    printf 'log_level=%s\n' error warning info debug trace
    printf 'log_format=%s\n' text json
    printf 'time_zone=%s\n' (string match -rg '^[^#\t]+\t[^\t]*\t([^\t]+)' < /usr/share/zoneinfo/zone1970.tab)
    printf 'uid=%s\n' (__fish_complete_users | string split -f 1 \t)
    printf 'gid=%s\n' (__fish_complete_groups | string split -f 1 \t)
    printf '%s\n' allow_other allow_root auto_unmount ro nodev nosuid noexec noatime debug
end

set -l commands login check status wait archive cache
set -l mounting "not __fish_seen_subcommand_from $commands"

complete -c g2afs -n __fish_is_nth_token\ 1 -a login -d 'Obtain OAuth tokens and store them'
complete -c g2afs -n __fish_is_nth_token\ 1 -a check -d 'Test a configuration without mounting'
complete -c g2afs -n __fish_is_nth_token\ 1 -a status -d 'What a running mount is doing'
complete -c g2afs -n __fish_is_nth_token\ 1 -a wait -d 'Until recordings are transcoded'
complete -c g2afs -n __fish_is_nth_token\ 1 -a archive -d 'Mark archived what a copy holds'
complete -c g2afs -n __fish_is_nth_token\ 1 -a cache -d 'Look after the cache on disk'

complete -c g2afs -l help -d 'Show help'
complete -c g2afs -n $mounting -l version -d 'Show the version'
complete -c g2afs -n $mounting -s f -d 'Stay in the foreground'
complete -c g2afs -n $mounting -s d -d 'Log every request'
complete -c g2afs -n "not __fish_seen_subcommand_from status wait archive" -s o -x \
    -a '(__fish_complete_list , __g2afs_mount_options)' -d 'Mount options'

complete -c g2afs -n '__fish_seen_subcommand_from login' -l no-browser -d 'Print the URL'
complete -c g2afs -n '__fish_seen_subcommand_from login' -l port -x -d 'Port to listen on'
complete -c g2afs -n '__fish_seen_subcommand_from check status' -l json -d 'For programs'
complete -c g2afs -n '__fish_seen_subcommand_from status' -l watch -d 'Go on showing it'
complete -c g2afs -n '__fish_seen_subcommand_from wait' -l state -x -a 'ready transcoding untranscoded' -d 'What to wait for'
complete -c g2afs -n '__fish_seen_subcommand_from archive' -l verify -r -a '(__fish_complete_directories)' -d 'The copy'
complete -c g2afs -n '__fish_seen_subcommand_from archive' -l size-only -d 'Trust files of the same size'
complete -c g2afs -n '__fish_seen_subcommand_from archive' -l dry-run -d 'Mark nothing'
complete -c g2afs -n '__fish_seen_subcommand_from archive' -l recheck -d 'Also what is archived'
complete -c g2afs -n '__fish_seen_subcommand_from cache' -l list -d 'Show it'
complete -c g2afs -n '__fish_seen_subcommand_from cache' -l prune -x -d 'To a size'
complete -c g2afs -n '__fish_seen_subcommand_from cache' -l verify -d 'Read everything'
complete -c g2afs -n '__fish_seen_subcommand_from cache' -l clear -d 'Remove everything'
