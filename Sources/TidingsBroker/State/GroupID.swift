/// The number by which records and checkpoints name a consumer group.
///
/// A group may be removed while somebody still has its number, so each request checks the number once, by
/// ``BrokerState/check(_:)``; from then on its group is there.
package struct GroupID: Hashable, Sendable {
    package let number: UInt32

    package init(number: UInt32) {
        self.number = number
    }
}

/// A value for each consumer group. Numbers are given in order and never twice; what a removed group leaves behind is
/// its number.
struct GroupTable<Value> {
    fileprivate struct Entry {
        let id: GroupID
        var value: Value
    }

    /// By number: the index in `entries`, or nil if the group was removed.
    private var places: [Int?] = []
    private var entries: [Entry] = []

    /// How many groups there are.
    var count: Int { entries.count }

    /// The number of the next group.
    var nextID: GroupID { GroupID(number: UInt32(places.count)) }

    /// The groups that are there, by number.
    var ids: [GroupID] { places.indices.map { GroupID(number: UInt32($0)) }.filter(contains) }

    /// Their values, in no particular order.
    var values: some Sequence<Value> { entries.lazy.map(\.value) }

    /// The least that a body says of a value. It copies none.
    func least<Result: Comparable>(_ body: (borrowing Value) -> Result?) -> Result? {
        var least: Result?
        for index in entries.indices {
            if let result = body(entries[index].value), least.map({ result < $0 }) ?? true { least = result }
        }
        return least
    }

    func contains(_ id: GroupID) -> Bool { id.number < places.count && places[Int(id.number)] != nil }

    /// The value of a group that is there.
    subscript(id: GroupID) -> Value {
        _read { yield entries[place(of: id)].value }
        _modify { yield &entries[place(of: id)].value }
    }

    private func place(of id: GroupID) -> Int {
        guard let place = places[Int(id.number)] else { preconditionFailure("group \(id.number) was not checked") }
        return place
    }

    /// Adds the group with the next number.
    mutating func append(_ value: Value) {
        entries.append(Entry(id: nextID, value: value))
        places.append(entries.count - 1)
    }

    /// Adds the number of a group that was removed earlier.
    mutating func appendRemoved() { places.append(nil) }

    /// Removes a group that is there. Its number is not given again.
    @discardableResult
    mutating func remove(_ id: GroupID) -> Value {
        let place = place(of: id)
        entries.swapAt(place, entries.count - 1)
        places[Int(entries[place].id.number)] = place
        places[Int(id.number)] = nil
        return entries.removeLast().value
    }

    /// The same groups with other values.
    func mapValues<Other>(_ transform: (Value) -> Other) -> GroupTable<Other> {
        var mapped = GroupTable<Other>()
        mapped.places = places
        mapped.entries = entries.map { GroupTable<Other>.Entry(id: $0.id, value: transform($0.value)) }
        return mapped
    }
}

extension GroupTable: Sendable where Value: Sendable {}
extension GroupTable.Entry: Sendable where Value: Sendable {}
