import Tidings

/// The sets of groups that publish records name by a number, so that a record costs the same however many groups get its
/// events. A set is logged once, before the first record that names it.
///
/// Small sets are not worth a number and stand in the record itself. When there is no room for more, the numbers begin
/// again: a set with the number 0 makes all others forgotten.
struct GroupSets: Sendable {
    /// More than the events of a batch, so that the sets of one record always have room.
    private static let setLimit = 16_384
    /// How many groups all sets have together, at most: 4 MiB.
    private static let memberLimit = 1 << 20
    /// Up to how many groups a set stands in the record.
    static let plainLimit = 2

    private(set) var sets: [[GroupID]] = []
    private var numbers: [[GroupID]: UInt32] = [:]
    private var memberCount = 0

    subscript(number: UInt32) -> [GroupID]? { number < sets.count ? sets[Int(number)] : nil }

    /// Gives a set its number, which is the next one or 0.
    /// - Returns: Whether it is one of these.
    mutating func define(_ groups: [GroupID], as number: UInt32) -> Bool {
        if number == 0 { self = GroupSets() }
        guard number == sets.count else { return false }
        sets.append(groups)
        numbers[groups] = number
        memberCount += groups.count
        return true
    }

    /// Gives routes the numbers of their sets.
    /// - Returns: The sets that are to be logged before the record, in their order.
    func number(_ routes: inout [PublishLayout.Route]) -> [BrokerRecord.GroupSet] {
        var wanted: [[GroupID]] = []
        var placeOf: [[GroupID]: Int] = [:]
        var places: [(route: Int, place: Int)] = []
        for (index, route) in routes.enumerated() where route.groups.count > Self.plainLimit {
            // Mostly the same few arrays in turn, which are equal at a glance; to hash one takes longer.
            var place = wanted.suffix(4).lastIndex(of: route.groups) ?? placeOf[route.groups]
            if place == nil {
                place = wanted.count
                placeOf[route.groups] = place
                wanted.append(route.groups)
            }
            if let place { places.append((index, place)) }
        }
        guard !wanted.isEmpty else { return [] }
        let (found, logged) = numbers(of: wanted)
        for (route, place) in places { routes[route].set = found[place] }
        return logged
    }

    private func numbers(of wanted: [[GroupID]]) -> (found: [UInt32?], logged: [BrokerRecord.GroupSet]) {
        let unknown = wanted.filter { numbers[$0] == nil }
        let members = unknown.reduce(0) { $0 + $1.count }
        let isRoomy = sets.count + unknown.count <= Self.setLimit && memberCount + members <= Self.memberLimit
        var next = isRoomy ? UInt32(sets.count) : 0
        var room = isRoomy ? Self.memberLimit - memberCount : Self.memberLimit
        var found: [UInt32?] = []
        var logged: [BrokerRecord.GroupSet] = []
        for groups in wanted {
            if isRoomy, let known = numbers[groups] {
                found.append(known)
            } else if groups.count <= room, logged.count < Self.setLimit {
                logged.append(BrokerRecord.GroupSet(number: next, groups: groups))
                found.append(next)
                next += 1
                room -= groups.count
            } else {
                found.append(nil)
            }
        }
        return (found, logged)
    }
}

extension GroupSets {
    func encode(into writer: inout BinaryBuilder) {
        writer.write(UInt32(sets.count))
        for groups in sets {
            writer.write(UInt32(groups.count))
            for group in groups { writer.write(group.number) }
        }
    }

    init(_ reader: inout BinaryReader) throws(TidingsError) {
        for number in 0..<(try reader.number() as UInt32) {
            var groups: [GroupID] = []
            for _ in 0..<(try reader.number() as UInt32) { groups.append(GroupID(number: try reader.number())) }
            _ = define(groups, as: number)
        }
    }
}
