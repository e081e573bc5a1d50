#!/usr/bin/env bash
# Installs the Debian packages that building needs, and with the argument "test" also those that tests need.
# Only what lacks is installed; run again, it does nothing.
set -euo pipefail
cd "$(dirname "$0")/../.."

purpose=${1:-build}
case $purpose in
build | test) ;;
*)
    echo "usage: $0 [build|test]" >&2
    exit 64
    ;;
esac

packages=(
    librdkafka-dev libsqlite3-dev libpq-dev libsimdjson-dev libicu-dev libyaml-dev libssl-dev libsystemd-dev pkg-config
    python3
)
if [ "$purpose" = test ]; then
    packages+=(kcat json-schema-test-suite nlohmann-json3-dev libvalijson-dev sqlite3 postgresql)
    # The real Kafka, where it lies beside the checkout, runs on Java 17.
    if [ -d ../shared/kafka ]; then packages+=(openjdk-17-jre-headless); fi
fi

if ! command -v dpkg-query >/dev/null; then
    echo "This is no Debian system. Install what these Debian packages hold, then build with 'swift build':" >&2
    printf '  %s\n' "${packages[@]}" >&2
    echo "On Debian 12 this script does it by itself." >&2
    # Whoever has them under other names goes on: the build will say what is missing.
    if [ "${DIWAN_SKIP_PACKAGES:-}" = 1 ]; then exit 0; fi
    echo "To go on without this step: DIWAN_SKIP_PACKAGES=1" >&2
    exit 69
fi

lacking=()
for package in "${packages[@]}"; do
    # shellcheck disable=SC2016 # the braces are dpkg's own
    status=$(dpkg-query --show --showformat '${db:Status-Status}' "$package" 2>/dev/null || true)
    if [ "$status" != installed ]; then lacking+=("$package"); fi
done
if [ ${#lacking[@]} -eq 0 ]; then
    echo "System packages: all ${#packages[@]} are installed."
    exit 0
fi
if [ "${DIWAN_SKIP_PACKAGES:-}" = 1 ]; then
    echo "System packages: skipped as asked, though these lack: ${lacking[*]}"
    exit 0
fi

as_root=()
if [ "$(id -u)" -ne 0 ]; then
    if ! command -v sudo >/dev/null; then
        echo "These packages lack, and only root can install them: ${lacking[*]}" >&2
        echo "As root: apt-get update && apt-get install --yes --no-install-recommends ${lacking[*]}" >&2
        exit 77
    fi
    as_root=(sudo)
fi
echo "System packages: installing ${lacking[*]}"
"${as_root[@]}" env DEBIAN_FRONTEND=noninteractive apt-get update --quiet=2 </dev/null
"${as_root[@]}" env DEBIAN_FRONTEND=noninteractive \
    apt-get install --quiet=2 --yes --no-install-recommends "${lacking[@]}" </dev/null
echo "System packages: installed."
