# SPDX-License-Identifier: MIT
# bash completion of g2afs.

# Sets `candidates` to what the word may become, or lets bash add names of files: directories with -d, files with -f.
_g2afs_files() {
  compopt -o filenames 2>/dev/null
  mapfile -t candidates < <(compgen "$1" -- "$2")
}

# The last element of a list of mount options.
_g2afs_mount_option() {
  local before=${1%"${1##*,}"} option=${1##*,}
  local value=${option#*=} key=${option%%=*} words=
  case $option in
    session_type=*) words="both attended unattended" ;;
    archived=*) words="all exclude only" ;;
    ids_style=*) words="repeat comma" ;;
    allow_http=*) words="true false" ;;
    log_level=*) words="error warning info debug trace" ;;
    log_format=*) words="text json" ;;
    time_zone=*) words=$(sed -n 's/^[^#\t]*\t[^\t]*\t\([^\t]*\).*/\1/p' /usr/share/zoneinfo/zone1970.tab 2>/dev/null) ;;
    uid=*) words=$(compgen -u) ;;
    gid=*) words=$(compgen -g) ;;
    state_dir=* | cache_dir=*) _g2afs_files -d "$value"; candidates=("${candidates[@]/#/$before$key=}"); return ;;
    token_file=* | ca_file=* | log_file=*)
      _g2afs_files -f "$value"; candidates=("${candidates[@]/#/$before$key=}"); return ;;
    *=*) return ;;
    *)
      compopt -o nospace 2>/dev/null
      mapfile -t candidates < <(compgen -P "$before" -W "
        api_url= account_key= user_key= company_id= session_type= archived= from_time= to_time= time_period= time_zone=
        ids_parameter= ids_style= token_url= authorize_url= client_id= state_dir= token_file= dir_ttl= max_connections=
        api_connections= timeout= retry_for= memory_limit= cache_dir= cache_size= allow_http= ca_file= proxy= uid= gid=
        umask= log_level= log_file= log_format=
        allow_other allow_root auto_unmount ro nodev nosuid noexec noatime fsname= max_read= debug" -- "$option")
      return ;;
  esac
  mapfile -t candidates < <(compgen -P "$before$key=" -W "$words" -- "$value")
}

_g2afs() {
  # bash breaks words at = and :, and these are put together again.
  local words=() glue='' i
  for ((i = 1; i <= COMP_CWORD; i++)); do
    if [[ ${#words[@]} -gt 0 && ( $glue || ${COMP_WORDS[i]} == [=:]* ) ]]; then
      words[-1]+=${COMP_WORDS[i]}
    else
      words+=("${COMP_WORDS[i]}")
    fi
    [[ ${COMP_WORDS[i]} == *[=:] ]] && glue=yes || glue=
  done
  local current=${words[-1]} previous='' command='' options='' operands=0 candidates=()
  [[ ${#words[@]} -lt 2 ]] || previous=${words[-2]}
  for ((i = 0; i < ${#words[@]} - 1; i++)); do
    case ${words[i]} in
      -o | --state | --verify | --prune | --port) [[ $command == cache && ${words[i]} == --verify ]] || ((++i)) ;;
      -*) ;;
      *) ((++operands)) ;;
    esac
  done
  case ${words[0]} in
    login) command=login options="--no-browser --port -o --help" ;;
    check) command=check options="--json -o --help" ;;
    status) command=status options="--json --watch --help" ;;
    wait) command=wait options="--state --help" ;;
    archive) command=archive options="--verify --size-only --dry-run --recheck --help" ;;
    cache) command=cache options="--list --prune --verify --clear -o --help" ;;
    *) options="-f -d -o --help --version" ;;
  esac
  [[ ${#words[@]} -gt 1 ]] || command=

  if [[ $previous == -o ]]; then
    _g2afs_mount_option "$current"
  elif [[ $current == -o?* ]]; then
    _g2afs_mount_option "${current#-o}"
    candidates=("${candidates[@]/#/-o}")
  elif [[ $previous == --state || $current == --state=* ]]; then
    mapfile -t candidates < <(compgen -W "ready transcoding untranscoded" -- "${current#--state=}")
    [[ $current != --state=* ]] || candidates=("${candidates[@]/#/--state=}")
  elif [[ $command == archive && ( $previous == --verify || $current == --verify=* ) ]]; then
    _g2afs_files -d "${current#--verify=}"
    [[ $current != --verify=* ]] || candidates=("${candidates[@]/#/--verify=}")
  elif [[ $previous == --prune || $previous == --port ]]; then
    :
  elif [[ $current == -* ]]; then
    mapfile -t candidates < <(compgen -W "$options" -- "$current")
  elif [[ ${#words[@]} -eq 1 ]]; then
    compopt -o filenames 2>/dev/null
    mapfile -t candidates < <(compgen -W "login check status wait archive cache" -- "$current"; compgen -f -- "$current")
  elif [[ $command == status || ( -z $command && $operands -gt 0 ) ]]; then
    _g2afs_files -d "$current"
  else
    _g2afs_files -f "$current"
  fi
  # What stands before the last = or : is on the line already.
  COMPREPLY=("${candidates[@]#"${current%"${current##*[=:]}"}"}")
}
complete -F _g2afs g2afs
