#!/usr/bin/env bash
# Sets up what the tests need, runs every test and ends with one line: N passed, N failed, N skipped.
#
#   ./test.sh [--no-build] [FILTER...]   FILTER: parts of project names, such as "Detection" or "Storage Grains"
#   ./test.sh faults                     the fault suite in full: every crash point, call and damage, several times
#   ./test.sh upgrade [COMMIT]           silos of the commit before (or COMMIT) replaced by this one's under load, and back
#   ./test.sh mutation [AREA...]         mutation testing of Guardian.Detection: an hour and more; needs Python 3
#
# With GUARDIAN_TEST_TIMESCALEDB_URI (words of Npgsql) the suites of PostgreSQL also run on that TimescaleDB, whose
# schema "guardian" is dropped; without it these are skipped.
#
# Exit code: 0 all passed, 1 a test failed or a project crashed, 2 wrong use or no .NET 10 SDK,
#            8 a project ran no test.
set -uo pipefail
cd "$(dirname "${BASH_SOURCE[0]}")" || exit 2

passed=0 failed=0 skipped=0 verdict=0
build=yes faults=no upgrade=""
filters=()
scratch=$(mktemp -d)
# A name of its own for the compiler server, so that it can be stopped afterwards without touching another's.
compiler="guardian-$$-${scratch##*.}"
group=""

say() { printf '%s\n' "$*"; }

usage() {
  say "Usage: ./test.sh [--no-build] [FILTER...]  (parts of project names)" >&2
  exit 2
}

stop_group() { # what the last project started and left behind
  [ -n "$group" ] || return 0
  kill -TERM -- "-$group" 2>/dev/null
  for _ in 1 2 3 4 5 6 7 8 9 10; do
    kill -0 -- "-$group" 2>/dev/null || break
    sleep 0.2
  done
  kill -KILL -- "-$group" 2>/dev/null
  group=""
}

clean_up() {
  stop_group
  stop_services
  local pid
  for pid in $(pgrep -f -- "-pipename:$compiler" 2>/dev/null); do kill "$pid" 2>/dev/null; done
  rm -rf "$scratch"
}

# What the tests need beside the SDK: strace puts errors into system calls, libfaketime moves the wall clock, iproute2
# makes networks that can be cut. Where they
# can't be installed, the tests that need them are skipped and say so. Stores and a browser join here.
start_services() {
  local missing=()
  command -v strace >/dev/null || missing+=(strace)
  command -v faketime >/dev/null || missing+=(faketime)
  command -v ip >/dev/null || [ -x /usr/sbin/ip ] || missing+=(iproute2)
  command -v redis-server >/dev/null || missing+=(redis-server)
  command -v postgres >/dev/null || ls /usr/lib/postgresql/*/bin/postgres >/dev/null 2>&1 || missing+=(postgresql)
  # A TimescaleDB that takes one connection at a time is tested through a pooler.
  case "${GUARDIAN_TEST_TIMESCALEDB_URI:-}" in
    *"Pool Size=1"*) command -v pgbouncer >/dev/null || [ -x /usr/sbin/pgbouncer ] || missing+=(pgbouncer) ;;
  esac
  [ ${#missing[@]} -gt 0 ] || return 0
  if [ "$(id -u)" -ne 0 ] || ! command -v apt-get >/dev/null; then
    say "Not installed, and not root on Debian: ${missing[*]}. Tests that need them are skipped."
    return 0
  fi
  say "Installing ${missing[*]} …"
  # Servers are started by the tests on ports of their own; the packages' services stay off.
  local policy=/usr/sbin/policy-rc.d ours=no
  [ -e "$policy" ] || { printf '#!/bin/sh\nexit 101\n' >"$policy" && chmod +x "$policy" && ours=yes; }
  # Nor does Debian's package of PostgreSQL make a cluster of its own.
  if [ ! -e /etc/postgresql-common/createcluster.conf ]; then
    mkdir -p /etc/postgresql-common && echo "create_main_cluster = false" >/etc/postgresql-common/createcluster.conf
  fi
  { apt-get update -qq && DEBIAN_FRONTEND=noninteractive apt-get install -y -qq --no-install-recommends "${missing[@]}"; } \
    </dev/null >"$scratch/apt.log" 2>&1 || { say "apt-get failed:"; tail -n 5 "$scratch/apt.log"; }
  [ "$ours" = no ] || rm -f "$policy"
  return 0
}
stop_services() { :; }

find_sdk() {
  if [ -z "${HOME:-}" ]; then
    HOME=$(getent passwd "$(id -u)" 2>/dev/null | cut -d: -f6)
    if [ -z "$HOME" ] || [ ! -w "$HOME" ]; then HOME=$scratch; fi
    export HOME
  fi
  export DOTNET_NOLOGO=1 DOTNET_CLI_TELEMETRY_OPTOUT=1 DOTNET_SKIP_FIRST_TIME_EXPERIENCE=1
  # No build nodes that outlive the build.
  export MSBUILDDISABLENODEREUSE=1 DOTNET_CLI_USE_MSBUILD_SERVER=0
  local folder
  if ! command -v dotnet >/dev/null; then
    for folder in "${DOTNET_ROOT:-}" "$HOME/.dotnet" /usr/share/dotnet /usr/lib/dotnet /usr/local/share/dotnet; do
      if [ -n "$folder" ] && [ -x "$folder/dotnet" ]; then export PATH="$folder:$PATH"; break; fi
    done
  fi
  if ! dotnet --list-sdks 2>/dev/null | grep -q '^10\.'; then
    say "The .NET 10 SDK was not found. Install it (https://dot.net/download) and put dotnet on PATH." >&2
    exit 2
  fi
}

build_once() {
  [ "$build" = yes ] || return 0
  say "Building Release …"
  if ! dotnet build Guardian.Orleans.sln -c Release -nologo -v quiet \
    -p:SharedCompilationId="$compiler" -clp:NoSummary </dev/null; then
    say "The build failed: no test was run." >&2
    say "0 passed, 1 failed, 0 skipped"
    exit 1
  fi
}

build_previous() { # The silo of another commit, from its sources alone.
  local folder="$scratch/previous"
  say "Building the silo of $(git rev-parse --short "$upgrade") …"
  mkdir -p "$folder"
  git archive "$upgrade" | tar -x -C "$folder"
  dotnet build "$folder/silo" -c Release -nologo -v quiet -clp:NoSummary </dev/null || exit 1
  export GUARDIAN_TEST_PREVIOUS_SILO="$folder/silo/bin/Release/net10.0/Guardian.Silo.dll"
  filters=(EndToEnd)
  only=(--filter-class "*UpgradeTests" --output Detailed)
}

chosen() { # PROJECT: does a filter name it?
  [ ${#filters[@]} -eq 0 ] && return 0
  local filter
  for filter in "${filters[@]}"; do
    case "${1,,}" in *"${filter,,}"*) return 0 ;; esac
  done
  return 1
}

count() { # LOG WORD: the figure of the run's own summary; empty when it printed none
  sed -n "s/^[[:space:]]*$2: \([0-9][0-9]*\)[[:space:]]*$/\1/p" "$1" | tail -n 1
}

run_project() { # NAME
  local name=$1 log="$scratch/$1.log" start=$SECONDS code
  local program="tests/$name/bin/Release/net10.0/$name.dll"
  local good bad left note=""
  if [ ! -f "$program" ]; then
    failed=$((failed + 1)) verdict=1
    row "$name" 0 1 0 0 "not built: $program is missing"
    return
  fi

  # A process group of its own, so that nothing it started stays behind.
  set -m
  dotnet exec "$program" --no-ansi --progress off --results-directory "$scratch/results" "${only[@]}" \
    </dev/null >"$log" 2>&1 &
  group=$!
  set +m
  wait "$group"
  code=$?
  stop_group

  good=$(count "$log" succeeded) bad=$(count "$log" failed) left=$(count "$log" skipped)
  if [ -z "$good" ] || [ -z "$bad" ] || [ -z "$left" ]; then
    good=${good:-0} bad=$((${bad:-0} + 1)) left=${left:-0}
    note="crashed with exit code $code before its summary"
  elif [ $((good + bad + left)) -eq 0 ]; then
    note="ran no test"
    [ "$verdict" -eq 0 ] && verdict=8
  elif [ "$code" -ne 0 ] && [ "$bad" -eq 0 ] && [ $((good)) -gt 0 ]; then
    bad=1
    note="exit code $code although no test failed"
  fi

  passed=$((passed + good)) failed=$((failed + bad)) skipped=$((skipped + left))
  if [ "$bad" -gt 0 ]; then
    verdict=1
    say "── $name"
    tail -n 200 "$log"
    { grep -A 8 '^failed ' "$log" | cut -c 1-300 | head -n 60; [ -z "$note" ] || say "$name: $note"; } >>"$scratch/broken"
  fi
  if [ -n "$upgrade" ]; then grep -E '^    both silos replaced ' "$log"; fi
  if [ "$faults" = yes ]; then grep -E '^    (seed |[0-9]+ deaths|decisions |redis |postgres |both |kill -9 |SIGTERM |SIGSTOP|a third silo|holds reached |every sync |wall clock )' "$log"; fi
  if [ "$left" -gt 0 ]; then
    say "── $name, skipped:"
    grep -A 1 '^skipped ' "$log" | grep -v '^--' | head -n 40
  fi
  row "$name" "$good" "$bad" "$left" $((SECONDS - start)) "$note"
}

row() { printf '%-32s %7s %7s %8s %6s  %s\n' "$1" "$2" "$3" "$4" "${5}s" "$6" >>"$scratch/table"; }

while [ $# -gt 0 ]; do
  case $1 in
    faults) faults=yes ;;
    mutation)
      shift
      rm -rf "$scratch"
      find_sdk
      dotnet tool restore >/dev/null || exit 2
      folder="${GUARDIAN_MUTATION_FOLDER:-${TMPDIR:-/tmp}/guardian-mutation}"
      python3 tests/mutation.py make "$folder" && GUARDIAN_THOROUGH=1 python3 tests/mutation.py run "$folder" "$@"
      exit $?
      ;;
    upgrade)
      upgrade=HEAD^
      if [ $# -gt 1 ]; then upgrade=$2; shift; fi
      ;;
    --no-build) build=no ;;
    -*) rm -rf "$scratch"; usage ;;
    *) filters+=("$1") ;;
  esac
  shift
done

trap clean_up EXIT
trap 'exit 130' INT
trap 'exit 143' TERM

# The fault suite: the tests that carry its trait, in full form, with what they measured.
only=()
if [ "$faults" = yes ]; then
  [ ${#filters[@]} -gt 0 ] || filters=(EndToEnd Storage)
  only=(--filter-trait "Category=Faults" --output Detailed)
  export GUARDIAN_FAULTS=full
fi

find_sdk
build_once
[ -z "$upgrade" ] || build_previous
start_services

ran=0
for folder in tests/*.Tests/; do
  name=$(basename "$folder")
  chosen "$name" || continue
  ran=$((ran + 1))
  say "Testing $name …"
  run_project "$name"
done

if [ "$ran" -eq 0 ]; then
  say "No project under tests/ is called like: ${filters[*]:-*}" >&2
  exit 2
fi

printf '\n%-32s %7s %7s %8s %6s\n' project passed failed skipped time
cat "$scratch/table"
# Last of all, so that a log that is cut from the front still names them.
if [ -s "$scratch/broken" ]; then say; say "What failed:"; cat "$scratch/broken"; fi
say
say "$passed passed, $failed failed, $skipped skipped"
exit "$verdict"
