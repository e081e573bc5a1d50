#!/usr/bin/env bash
# Measures workload W1 through a whole worker beside the peers, on a real Kafka, in one run: full and trusted checking,
# dedupe on and off. A run whose tables are not the oracle's has no speed. Its last lines hold the ratios against the
# aims, as medians over the rounds.
#
#   bench.sh [--events N] [--rounds N] [--peers NAMES] [--store sqlite|postgres]
#       200000 events, 1 round; SQLite beside python-sqlite,java-sqlite,java-streams, PostgreSQL (two lanes) beside
#       python-postgres,java-postgres
#   bench.sh --partitions 1,2,4 | --plugins 1,3,10 | --flat  [--events N] [--options '--trusted --no-dedupe']
#       Diwan alone: as many partitions; as many plugins on the topic; ten million events by default, and the rate of
#       the second and of the last million
#   bench.sh --latency [--store sqlite|postgres]
#       how long an event takes from being produced to being seen by a reader, at 5,000 events a second
set -euo pipefail
cd "$(dirname "$0")/../.."

events="" rounds=1 peers="" store=sqlite alone=() options="" latency=""
while [ $# -gt 0 ]; do
    case $1 in
    --events) events=$2 ;;
    --rounds) rounds=$2 ;;
    --peers) peers=$2 ;;
    --store) store=$2 ;;
    --options) options=$2 ;;
    --partitions | --plugins) alone+=("$1" "$2") ;;
    --latency)
        latency=yes
        shift
        continue
        ;;
    --flat)
        alone+=("$1")
        shift
        continue
        ;;
    *)
        sed -n '2,/^set/p' "$0" | sed '$d; s/^# \{0,1\}//' >&2
        exit 64
        ;;
    esac
    shift 2
done

shared=../shared
runner=$shared/bench/peers/run
if [ ! -x "$runner" ]; then
    echo "bench: the workload and its peers are not beside this checkout ($runner): nothing to measure against" >&2
    exit 69
fi

swift build --configuration release --product diwan-bench
BENCH_PROGRAM=$(swift build --configuration release --product diwan-bench --show-bin-path)/diwan-bench
export BENCH_PROGRAM
w1="$PWD/Deploy/scripts/bench-w1"

if [ -n "$latency" ]; then exec "$BENCH_PROGRAM" latency "--store=$store"; fi

if [ ${#alone[@]} -gt 0 ]; then
    exec python3 Deploy/scripts/bench-alone --shared "$shared" --program "$w1" --options "$options" \
        ${events:+--events "$events"} "${alone[@]}"
fi

figures=$(mktemp)
trap 'rm -f "$figures"' EXIT
case $store in
sqlite)
    peers=${peers:-python-sqlite,java-sqlite,java-streams}
    name=diwan
    ;;
postgres)
    peers=${peers:-python-postgres,java-postgres}
    name=diwan-postgres
    # The peers write through two connections, too.
    options="--store=postgres --lanes=2 $options"
    ;;
*)
    echo "bench: the store is sqlite or postgres" >&2
    exit 64
    ;;
esac
status=0
"$runner" --events "${events:-200000}" --rounds "$rounds" --only "$peers" --json "$figures" \
    --exec "$name-full-dedupe=$w1 $options" \
    --exec "$name-full=$w1 --no-dedupe $options" \
    --exec "$name-trusted-dedupe=$w1 --trusted $options" \
    --exec "$name-trusted=$w1 --trusted --no-dedupe $options" || status=$?
if [ -s "$figures" ]; then python3 Deploy/scripts/bench-aims "$figures"; fi
exit "$status"
