/// One id in a router, with its place in the order of insertion.
struct Route<ID: Hashable & Sendable>: Sendable {
    let order: Int
    let id: ID
}

/// Ids that are found together, in the order of insertion and each once.
struct RouteList<ID: Hashable & Sendable>: Sendable {
    private(set) var routes: [Route<ID>] = []

    mutating func insert(_ route: Route<ID>) {
        let index = index(of: route.order)
        guard index == routes.endIndex || routes[index].order != route.order else { return }
        routes.insert(route, at: index)
    }

    mutating func remove(order: Int) {
        let index = index(of: order)
        guard index < routes.endIndex, routes[index].order == order else { return }
        routes.remove(at: index)
    }

    /// Where the order stands, or would stand.
    private func index(of order: Int) -> Int {
        var low = routes.startIndex
        var high = routes.endIndex
        while low < high {
            let middle = low + (high - low) / 2
            if routes[middle].order < order { low = middle + 1 } else { high = middle }
        }
        return low
    }
}
