/// Many patterns compiled into one: tells which of them an event satisfies.
///
/// A value; a copy stays as it was while the original changes. An id may have several patterns and is found when any
/// of them holds.
public struct PatternRouter<ID: Hashable & Sendable>: Sendable {
    private struct Entry: Sendable {
        let order: Int
        var tests: Set<TextTest>
    }

    private var entries: [ID: Entry] = [:]
    private var nextOrder = 0
    private var exact: [ByteText: RouteList<ID>] = [:]
    private var prefixes = PrefixTable<ID>()

    /// A router without patterns, which finds nothing.
    public init() {}

    /// How many ids there are.
    public var count: Int { entries.count }

    /// Whether there are no ids.
    public var isEmpty: Bool { entries.isEmpty }

    /// Adds a pattern for an id, beside those it has already. Adding the same again changes nothing.
    ///
    /// - Parameters:
    ///   - pattern: The pattern to add.
    ///   - id: Whom it is for. An id keeps the place of its first pattern until it is removed.
    /// - Complexity: Linear in the values of the pattern and in the ids that share one of them.
    public mutating func insert(_ pattern: EventPattern, for id: ID) {
        var entry = entries[id] ?? Entry(order: nextOrder, tests: [])
        if entry.order == nextOrder { nextOrder += 1 }
        let route = Route(order: entry.order, id: id)
        // The type is the only field there is: each of its values is a way to be found.
        for leaf in pattern.fields.flatMap(\.leaves) where entry.tests.insert(leaf.test).inserted {
            switch leaf.test {
            case .equals(let text): exact[text, default: RouteList()].insert(route)
            case .starts(let prefix): prefixes.insert(route, at: prefix)
            }
        }
        entries[id] = entry
    }

    /// Removes an id with all its patterns; one that is not there is no error.
    ///
    /// - Parameter id: The id to remove.
    /// - Complexity: Linear in the values of its patterns and in the ids that share one of them.
    public mutating func remove(_ id: ID) {
        guard let entry = entries.removeValue(forKey: id) else { return }
        for test in entry.tests {
            switch test {
            case .equals(let text):
                exact[text]?.remove(order: entry.order)
                if exact[text]?.routes.isEmpty == true { exact[text] = nil }
            case .starts(let prefix):
                prefixes.remove(order: entry.order, at: prefix)
            }
        }
    }

    /// The ids whose patterns an event of this type satisfies.
    ///
    /// - Parameter type: The event's type, such as `order.created.v1`.
    /// - Returns: Each id once, in the order in which the ids were first inserted.
    /// - Complexity: One look-up for the exact types and one for each length of prefix that some pattern has, however
    ///   many patterns there are; then what sorting the answer takes, if more than one look-up found something.
    public func matches(type: String) -> [ID] {
        let type = ByteText(type)
        var lists = prefixes.lists(for: type)
        if let list = exact[type] { lists.append(list) }
        guard lists.count > 1 else { return lists.first?.routes.map(\.id) ?? [] }

        let routes = lists.flatMap(\.routes).sorted { $0.order < $1.order }
        var ids: [ID] = []
        var last: Int?
        for route in routes where route.order != last {
            ids.append(route.id)
            last = route.order
        }
        return ids
    }
}
