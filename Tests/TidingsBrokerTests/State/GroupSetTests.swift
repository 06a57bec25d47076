import Testing
import Tidings
import TidingsBroker
import TidingsRouting

/// Which groups get an event, as the log says it.
@Suite struct GroupSetTests {
    /// How many bytes five batches take, in which two subjects take turns, with so many groups, half for each subject.
    private func bytesPublished(groups: Int) throws -> Int {
        var bench = StateBench()
        for number in 0..<groups {
            try bench.join("m\(number)", "group \(number)", .subject(number % 2 == 0 ? "a" : "b"))
        }
        let joined = bench.records.count
        for batch in 0..<5 {
            try bench.publish((0..<100).map { (batch * 100 + $0, $0 % 2 == 0 ? "a" : "b") })
        }
        _ = bench.sync()
        for number in 0..<groups { #expect(try bench.ledger("group \(number)")[0] == 250) }
        try bench.check()
        return bench.records[joined...].reduce(0) { $0 + $1.count }
    }

    @Test func `a record costs nearly the same for four hundred groups as for one, whatever turns its events take`()
        throws
    {
        let (one, many) = (try bytesPublished(groups: 1), try bytesPublished(groups: 400))
        #expect(many < one * 11 / 10, "\(many) bytes instead of \(one)")
    }

    @Test func `when there is no room for more sets their numbers begin again`() throws {
        var bench = StateBench()
        let (groups, sets) = (3000, 355)
        for number in 0..<groups { try bench.join("m\(number)", "group \(number)") }
        for number in 0..<sets {
            try bench.join("passer-by", "passer-by \(number)")
            try bench.publish([(number, nil)])
            try bench.remove("passer-by \(number)")
        }
        for number in 0..<groups { #expect(try bench.ledger("group \(number)")[0] == sets) }
        // Four bytes a member, for each set: all of them do not fit.
        #expect(bench.records.filter { $0.first == 9 }.count == sets)
        #expect(groups * sets > 1 << 20)
        #expect(bench.records.filter { $0.starts(with: [9, 0, 0, 0, 0]) }.count == 2)
        try bench.check()
    }

    @Test func `a record with more sets than there is room for holds the rest itself`() throws {
        var bench = StateBench()
        let sets = 300
        for number in 0..<4000 {
            // Each group wants all subjects but one, so that no two subjects have the same groups.
            try bench.join("m\(number)", "group \(number)", .notSubject("s\(number % sets)"))
        }
        try bench.publish((0..<sets).map { ($0, "s\($0)") })
        _ = bench.sync()
        #expect(try bench.ledger("group 0")[0] == sets - 1)
        #expect(try bench.ledger("group 3999")[0] == sets - 1)
        try bench.check()
    }
}

extension EventPattern {
    fileprivate static func subject(_ subject: String) -> EventPattern { made(#"{"subject":["\#(subject)"]}"#) }

    fileprivate static func notSubject(_ subject: String) -> EventPattern {
        made(#"{"subject":[{"anything-but":["\#(subject)"]}]}"#)
    }

    private static func made(_ text: String) -> EventPattern {
        do { return try EventPattern(description: text) } catch { preconditionFailure("\(error)") }
    }
}
