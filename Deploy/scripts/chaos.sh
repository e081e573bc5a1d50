#!/usr/bin/env bash
# Runs workers on three brokers among faults, and compares what they made with what the events say.
#
#   chaos.sh [EVENTS=20000] [KILLS=20] [STORE=sqlite|postgres] [SEED=N] [ROUNDS=1] [FAULTS=KIND,KIND|all|none]
#
# Its last line is `lost 0, doubled 0, reordered 0` with the seed when all is well; otherwise it ends with 1 and says
# what differs and where the logs lie.
set -euo pipefail
cd "$(dirname "$0")/../.."

Deploy/scripts/install-packages.sh test
# A debug build: only that one can be made to die at a place of the commit.
swift build --product diwan
swift build --product TrialClock
swift build --product diwan-chaos
exec .build/debug/diwan-chaos "$@"
