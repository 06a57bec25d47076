import Tidings
import TidingsLog

/// Reads events from the log of the bus, as lines of an event log. Blocks on the disk.
struct EventLogReader {
    private let plan: BrokerState.EventLogPlan
    /// After how many bytes of lines no more are read.
    private let byteLimit: Int
    private var result = EventLogLines()
    /// Those that could not be read.
    private(set) var unreadable: [UInt64] = []
    /// The rules of the entries as JSON.
    private var rules: [[Int]: [UInt8]] = [:]
    private var next = 0

    init(_ plan: BrokerState.EventLogPlan, byteLimit: Int) {
        self.plan = plan
        self.byteLimit = byteLimit
    }

    private var isEnough: Bool { result.bytes.count >= byteLimit }

    /// - Returns: The lines of the first events of the plan, as many as the bytes allow.
    /// - Throws: `LogError` if the disk cannot be read.
    mutating func lines(from log: Log) throws -> EventLogLines {
        for stretch in plan.reading.stretches where !isEnough { try read(stretch, from: log) }
        return result
    }

    private mutating func read(_ stretch: BrokerState.Reading.Stretch, from log: Log) throws {
        let end = next + stretch.sequences.count
        var damage: String?
        func note(_ found: LogError) { damage = damage ?? found.message }
        try log.forEachEvent(from: stretch.start, until: stretch.end, onDamage: note) {
            entry, record, _ in
            // Those before it are in what is damaged, or were never there.
            while next < end, sequence < entry.sequence { addUnreadable(because: damage) }
            guard next < end else { return false }
            if sequence == entry.sequence { add(entry, in: record) }
            return next < end && !isEnough
        }
        while next < end, !isEnough { addUnreadable(because: damage) }
    }

    private var sequence: UInt64 { plan.entries[next].sequence }

    private mutating func add(_ entry: PublishLayout.Entry, in record: RawSpan) {
        do throws(TidingsError) {
            let event = try entry.event(in: record)
            result.add(event, sequence, publishedAt: entry.time, rules: rulesOfNext())
            next += 1
        } catch {
            addUnreadable(because: error.message)
        }
    }

    private mutating func addUnreadable(because reason: String?) {
        unreadable.append(sequence)
        result.add(unreadable: sequence, because: reason ?? "the log does not hold it", rules: rulesOfNext())
        next += 1
    }

    private mutating func rulesOfNext() -> [UInt8] {
        let chosen = plan.entries[next].rules
        if let known = rules[chosen] { return known }
        let json = EventLogLines.json(chosen.map { plan.rules[$0] })
        rules[chosen] = json
        return json
    }
}
