#!/usr/bin/env bash
# Builds the Orders system and starts its services: order, payment and inventory, in one process. Control-C ends it.
set -euo pipefail
cd "$(dirname "${BASH_SOURCE[0]}")/.."
exec make --no-print-directory run SYSTEM=orders
