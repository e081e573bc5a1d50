#!/usr/bin/env bash
# Measures workload W1 through a whole worker beside the peers, on a real Kafka, in one run: full and trusted checking,
# dedupe on and off. A run whose tables are not the oracle's has no speed.
#
#   bench.sh [--events N] [--rounds N] [--peers NAMES]      200000 events, 1 round, python-sqlite and java-sqlite
set -euo pipefail
cd "$(dirname "$0")/../.."

events=200000 rounds=1 peers=python-sqlite,java-sqlite
while [ $# -gt 0 ]; do
    case $1 in
    --events) events=$2 ;;
    --rounds) rounds=$2 ;;
    --peers) peers=$2 ;;
    *)
        echo "bench: unknown option $1; there are --events, --rounds and --peers" >&2
        exit 64
        ;;
    esac
    shift 2
done

runner=../shared/bench/peers/run
if [ ! -x "$runner" ]; then
    echo "bench: the workload and its peers are not beside this checkout ($runner): nothing to measure against" >&2
    exit 69
fi

swift build --configuration release --product diwan-bench
program=$(swift build --configuration release --product diwan-bench --show-bin-path)/diwan-bench
w1="env BENCH_PROGRAM=$program $PWD/Deploy/scripts/bench-w1"

exec "$runner" --events "$events" --rounds "$rounds" --only "$peers" \
    --exec "diwan-full-dedupe=$w1" \
    --exec "diwan-full=$w1 --no-dedupe" \
    --exec "diwan-trusted-dedupe=$w1 --trusted" \
    --exec "diwan-trusted=$w1 --trusted --no-dedupe"
