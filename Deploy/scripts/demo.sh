#!/usr/bin/env bash
# Runs everything once on this machine, from an empty demo/: broker, events, worker, answers. Safe to run again.
#
# A debug build: it is shared with `swift build` and `swift test`, is built sooner than a release one, and the demo's
# few hundred events take it seconds either way. DEMO_PROGRAM=PATH uses a program that is built already.
set -euo pipefail
cd "$(dirname "$0")/../.."

say() { printf '\n=== %s\n' "$*"; }

if [ -z "${DEMO_PROGRAM:-}" ]; then
    # `make demo` has done both already.
    if [ -z "${MAKELEVEL:-}" ]; then
        Deploy/scripts/install-packages.sh
        swift build --product diwan
    fi
    DEMO_PROGRAM=$(swift build --product diwan --show-bin-path)/diwan
fi
diwan() { "$DEMO_PROGRAM" "$@"; }
shown=${DEMO_PROGRAM#"$PWD"/}

# --- An empty demo/, and nothing left running whatever happens ---------------------------------------------------

if [ -f demo/broker.json ]; then
    other=$(sed -n 's/.*"process": *\([0-9]*\).*/\1/p' demo/broker.json)
    # The number may have gone to another program since.
    if [ -n "$other" ] && [ "$(cat "/proc/$other/comm" 2>/dev/null)" = diwan ]; then
        echo "demo: process $other works in demo/ ('diwan dev', or another demo): end it first" >&2
        exit 75
    fi
fi
rm -rf demo
mkdir demo
export DIWAN_CONFIG=demo/diwan.yaml
diwan config template --demo >"$DIWAN_CONFIG"

running=()
leave() {
    local process
    for process in "${running[@]}"; do
        kill "$process" 2>/dev/null || continue
        wait "$process" 2>/dev/null || true
    done
}
trap leave EXIT
trap 'exit 130' INT
trap 'exit 143' TERM

# Waits until a file holds a text, while a process lives; about twenty seconds at most.
wait_for() {
    local file=$1 text=$2 process=$3 tries
    for ((tries = 0; tries < 400; tries++)); do
        if grep -qs -- "$text" "$file"; then return 0; fi
        if ! kill -0 "$process" 2>/dev/null; then break; fi
        sleep 0.05
    done
    echo "demo: waited in vain for \"$text\" in $file; it says:" >&2
    tail -n 20 "$file" >&2 || true
    exit 70
}

# --- Broker, events, worker --------------------------------------------------------------------------------------

say "An embedded broker, in a process of its own"
# The program itself, not the function: a function would run in a shell of its own, and that would be signalled.
"$DEMO_PROGRAM" broker run >demo/broker.log 2>&1 &
broker=$!
running+=("$broker")
wait_for demo/broker.json bootstrapServers "$broker"
echo "It holds the topics of $DIWAN_CONFIG; demo/broker.json says where it answers."

history=Deploy/history
say "Every event twice, as a producer's retry would publish it"
diwan events send --repeat 2 "$history/history.jsonl" "$history/synthetic-people.jsonl"

say "The worker, killed half-way (kill -9) and started again"
"$DEMO_PROGRAM" worker run >demo/worker-1.log 2>&1 &
worker=$!
running+=("$worker")
wait_for demo/worker-1.log ' info worker: ready' "$worker"
diwan events send --repeat 2 "$history/synthetic.jsonl"
kill -9 "$worker"
wait "$worker" 2>/dev/null || true
running=("$broker")
echo "The first worker is dead. The second takes up where the store says it was:"
diwan worker run --until-idle >demo/worker-2.log 2>&1 || {
    code=$?
    cat demo/worker-2.log >&2
    exit "$code"
}
# Without the time, and in a fixed order: every run prints the same.
grep ' partitions assigned' demo/worker-2.log | cut -d ' ' -f 2- | sort
diwan dead-letters list

# --- Answers -----------------------------------------------------------------------------------------------------

for language in en ar; do
    if [ "$language" = en ]; then say "By the numbers"; else say "بالأرقام"; fi
    for name in mechanisms-by-type mechanisms-by-decade mechanisms-by-theme distinct-states; do
        diwan projection show "$name" --language "$language"
        echo
    done
    diwan projection show mechanisms-by-type --as-of 2004-12-31 --language "$language"
done

mails=(demo/mail/new/*)
say "One of ${#mails[@]} notices: ${mails[0]}"
# Without the header's date, which is another one in every run; the body may well have a line that begins so.
sed '1,/^$/{/^Date: /d}' "${mails[0]}"

say "A digest of a contribution to the review of 2026, in English"
diwan digest show arcp 2026 --language en
say "وبالعربية"
diwan digest show arcp 2026 --language ar

say "Where the rest lies"
cat <<TEXT
demo/diwan.yaml   the configuration
demo/store/       one SQLite file a plugin
demo/mail/new/    ${#mails[@]} mails, one for each notice
demo/worker-*.log what the two workers said

Every command that only reads works now, without broker and worker:
  $shown projection list --config demo/diwan.yaml
  $shown projection show directory --language ar --config demo/diwan.yaml
  $shown notices list --config demo/diwan.yaml
To keep it all running, and to send events of your own from another terminal:
  $shown dev --config demo/diwan.yaml
TEXT
