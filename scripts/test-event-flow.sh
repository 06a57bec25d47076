#!/usr/bin/env bash
# Places a few orders on running services and follows each to its end: order, saga, payments and stock.
# Start the services first: scripts/start-event-flow-services.sh
set -euo pipefail

readonly orders=http://127.0.0.1:${ORDER_PORT:-3004}
readonly payments=http://127.0.0.1:${PAYMENT_PORT:-3006}
readonly inventory=http://127.0.0.1:${INVENTORY_PORT:-3007}
readonly patience=30 # seconds an order may take to end

fail() { echo "test-event-flow: $*" >&2; exit 1; }
request() { curl --silent --show-error --fail-with-body --max-time 10 "$@"; }

# Prints one field of the JSON object on standard input, as text.
field() { python3 -c 'import json, sys; print(json.load(sys.stdin).get(sys.argv[1]) or "")' "$1"; }

# Places an order of quantity $3 of product $2, says what $1 is about, and follows it until its status is final.
follow() {
    local what=$1 product=$2 quantity=$3
    local body answer id saga status=PENDING waited=0
    body='{"customerId":"c-1","items":[{"productId":"'$product'","quantity":'$quantity',"unitPrice":"9.99"}]}'

    echo
    echo "== $what: $quantity of $product"
    answer=$(request -X POST "$orders/orders" -H 'Content-Type: application/json' -d "$body") ||
        fail "the order was not taken: $answer"
    echo "placed    $answer"
    id=$(field orderId <<<"$answer")
    saga=$(field sagaId <<<"$answer")

    while [[ $status == PENDING ]]; do
        ((waited < patience * 5)) || fail "order $id is still PENDING after $patience seconds"
        ((waited == 0)) || sleep 0.2
        waited=$((waited + 1))
        answer=$(request "$orders/orders/$id") || fail "order $id: $answer"
        status=$(field status <<<"$answer")
    done
    echo "order     $answer"
    echo "saga      $(request "$orders/sagas/$saga")"
    echo "payments  $(request "$payments/payments?orderId=$id")"
    [[ $product == unknown ]] || echo "stock     $(request "$inventory/inventory/products/$product")"
}

for service in "$orders" "$payments" "$inventory"; do
    request --output /dev/null "$service/health" ||
        fail "nothing answers at $service. Start the services first: scripts/start-event-flow-services.sh"
done

follow "an order like most" p-1 2
follow "another of the same" p-1 1
follow "more than there is" p-2 5000
follow "a product nobody knows" unknown 1
echo
echo "test-event-flow: every order came to its end"
