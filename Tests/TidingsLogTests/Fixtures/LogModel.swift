import Testing
import TidingsLog
import TidingsTesting

/// A log on a simulated machine beside a plain list of what it must hold, and random steps on both.
struct LogModel {
    private static let folder = "/log"

    private var random: SplitMix64
    private var system = SimulatedFileSystem()
    private var opened: OpenedLog
    /// What the log holds, in order.
    private var held: [(position: LogPosition, payload: [UInt8])] = []
    /// Positions of records that were dropped or removed.
    private var gone: [LogPosition] = []
    private var next = 0
    private(set) var tally: [String: Int] = [:]

    init(seed: UInt64) throws {
        random = SplitMix64(seed: seed)
        opened = try OpenedLog(Self.folder, .small, fileSystem: system)
    }

    mutating func run(_ steps: Int) async throws {
        for _ in 0..<steps {
            switch Int.random(in: 0..<20, using: &random) {
            case 0..<8: try await commit()
            case 8..<13: try await compact()
            case 13: try await remove()
            case 14: try restart()
            case 15: try await cutPower()
            case 16: try copy()
            default: try read()
            }
        }
        try restart()
        try read()
        opened.log.close()
    }

    private mutating func count(_ step: String) { tally[step, default: 0] += 1 }

    private mutating func commit() async throws {
        let records = (0..<Int.random(in: 1...6, using: &random)).map { _ in
            next += 1
            return record(next, byteCount: [20, 300, 300, 2500, 9000].randomElement(using: &random) ?? 0)
        }
        held += zip(try await opened.commit(records, inGroupsOf: records.count), records).map { ($0, $1) }
    }

    /// What compaction makes of each record of a segment, by its place in the list.
    private mutating func rewrites(of segment: UInt64) -> [LogPosition: LogRewrite] {
        let dropped = Int.random(in: 0...10, using: &random)
        var rewrites: [LogPosition: LogRewrite] = [:]
        for (position, payload) in held where position.segment == segment {
            if Int.random(in: 0..<10, using: &random) < dropped {
                rewrites[position] = .drop
            } else if Bool.random(using: &random) {
                rewrites[position] = .replace(Array(payload.prefix(Int.random(in: 0...payload.count, using: &random))))
            } else {
                rewrites[position] = .keep
            }
        }
        return rewrites
    }

    private func held(after rewrites: [LogPosition: LogRewrite]) -> [(position: LogPosition, payload: [UInt8])] {
        held.compactMap { position, payload in
            switch rewrites[position] {
            case .drop: nil
            case .replace(let bytes): (position, bytes)
            case .keep, nil: (position, payload)
            }
        }
    }

    /// Compacts a segment; now and then the power goes meanwhile.
    private mutating func compact() async throws {
        guard let segment = opened.log.segments.filter(\.isSealed).randomElement(using: &random) else { return }
        let rewrites = rewrites(of: segment.number)
        let left = held(after: rewrites)
        let share = Bool.random(using: &random) ? 0 : Log.usualGain
        let isCut = Int.random(in: 0..<4, using: &random) == 0
        if isCut { system.cutPower(after: system.operationCount + Int.random(in: 0...6, using: &random)) }
        var asked: [LogPosition: Int] = [:]
        do {
            try opened.log.rewrite(segment.number, gainingAtLeast: share) { position, _ in
                asked[position, default: 0] += 1
                return try #require(rewrites[position], "a record that is not there: \(position)")
            }
            let isDone = asked.isEmpty ? left.count != held.count : asked.values.contains(2)
            count(isDone ? "compacted" : "left alone")
            if isDone { forget(left) }
        } catch let error as LogError where isCut && error.code == .io {
            count("compactions cut")
        }
        guard isCut else { return }
        let old = held
        let found = try await reopen(after: system.afterPowerCut(.torn(seed: random.next())))
        // The old file or the new one, whole.
        if !Self.equal(found, old) {
            #expect(Self.equal(found, left), "the segment is neither the old one nor the new one")
            forget(left)
        }
    }

    private mutating func forget(_ left: [(position: LogPosition, payload: [UInt8])]) {
        let positions = Set(left.map(\.position))
        gone += held.map(\.position).filter { !positions.contains($0) }
        held = left
    }

    private mutating func remove() async throws {
        let segments = opened.log.segments
        guard segments.count > 6, let number = segments.prefix(3).randomElement(using: &random)?.number else { return }
        count("removed")
        try opened.log.removeSegments(before: number)
        forget(held.filter { $0.position.segment >= number })
    }

    private mutating func restart() throws {
        count("restarts")
        opened.log.close()
        try open()
    }

    private mutating func cutPower() async throws {
        count("power cuts")
        system.cutPower()
        let found = try await reopen(after: system.afterPowerCut(.random(seed: random.next())))
        #expect(Self.equal(found, held))
    }

    private mutating func reopen(
        after survivor: SimulatedFileSystem
    ) async throws -> [(position: LogPosition, payload: [UInt8])] {
        opened.log.close()
        system = survivor
        let start = try firstSegment().map { LogPosition(segment: $0, offset: 4096) }
        opened = try OpenedLog(Self.folder, .small, fileSystem: system, from: start)
        return zip(opened.positions, opened.records).map { ($0, $1) }
    }

    /// The first segment, if others were removed before it.
    private func firstSegment() throws -> UInt64? {
        let first = try system.files(in: Self.folder).filter { $0.hasSuffix(".log") }.min()
        return first.flatMap { UInt64($0.dropLast(4)) }.flatMap { $0 > 1 ? $0 : nil }
    }

    /// Opens the log from somewhere.
    private mutating func open() throws {
        let first = try firstSegment()
        let anywhere = held.randomElement(using: &random)?.position
        let start =
            Bool.random(using: &random)
            ? anywhere ?? first.map { LogPosition(segment: $0, offset: 4096) }
            : first.map { LogPosition(segment: $0, offset: 4096) }
        opened = try OpenedLog(Self.folder, .small, fileSystem: system, from: start)
        let expected = held.filter { $0.position >= start ?? $0.position }
        #expect(Self.equal(zip(opened.positions, opened.records).map { ($0, $1) }, expected))
        #expect(opened.warnings.isEmpty)
    }

    /// Copies the log up to one of its records, and looks at the copy.
    private mutating func copy() throws {
        guard let last = held.randomElement(using: &random)?.position else { return }
        count("copies")
        let target = "/copy \(next) \(tally["copies", default: 0])"
        try opened.log.copy(to: target, through: last)
        let first = opened.log.segments.first?.number ?? 1
        let start = first > 1 ? LogPosition(segment: first, offset: 4096) : nil
        let copy = try OpenedLog(target, .small, fileSystem: system, from: start, isStarted: false)
        #expect(Self.equal(zip(copy.positions, copy.records).map { ($0, $1) }, held.filter { $0.position <= last }))
        copy.log.close()
    }

    private mutating func read() throws {
        count("reads")
        for (position, payload) in held where Int.random(in: 0..<3, using: &random) == 0 {
            #expect(try opened.log.read(at: position) == payload)
        }
        for position in gone where Int.random(in: 0..<5, using: &random) == 0 {
            #expect(code { try opened.log.read(at: position) } == .notFound)
        }
        let start = (held.map(\.position) + gone).randomElement(using: &random) ?? LogPosition(segment: 1, offset: 0)
        let end = held.randomElement(using: &random)?.position ?? opened.log.end
        let expected = held.filter { $0.position >= start && $0.position < end }.map(\.payload)
        #expect(try scan(opened.log, from: start, until: end).records == expected)
    }

    private static func equal(
        _ left: [(position: LogPosition, payload: [UInt8])], _ right: [(position: LogPosition, payload: [UInt8])]
    ) -> Bool {
        left.count == right.count
            && zip(left, right).allSatisfy { $0.position == $1.position && $0.payload == $1.payload }
    }
}
