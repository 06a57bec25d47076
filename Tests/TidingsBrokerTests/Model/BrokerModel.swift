import Tidings
import TidingsBroker
import TidingsRouting
import TidingsTesting

/// A bus and the model beside it: does the same to both, and compares what they say.
struct BrokerModel: ~Copyable {
    struct Failure: Error, CustomStringConvertible {
        let description: String
    }

    /// A member of a group, and what tells it from others.
    struct Member {
        let id: Int
        let consumer: any EventConsumer
    }

    /// What a crash may undo: settlements that nothing has pushed to the disk since.
    struct Doubt {
        let group: Int
        var acknowledged: [(UInt64, ModelGroup.Entry)] = []
        var released: [UInt64] = []
    }

    static let folder = "/data/bus"
    static let groupCount = 5

    var random: SplitMix64
    private let seed: UInt64
    let clock = ManualClock()
    var system = SimulatedFileSystem()
    var bus: EmbeddedEventBus
    var groups: [ModelGroup?] = Array(repeating: nil, count: groupCount)
    /// The members of each group.
    var members: [[Member]] = Array(repeating: [], count: groupCount)
    private var lastMember = 0
    /// What was published lately, by sequence less ``firstRecent``.
    var recent: [ModelEvent] = []
    var firstRecent: UInt64 = 1
    var nextNumber = 0
    /// Receipts, in force and not.
    var receipts: [[Receipt]] = Array(repeating: [], count: groupCount)
    var doubts: [Doubt] = []
    private(set) var counts: [String: Int] = [:]
    var lastMaintenance: UInt64 = 1

    static var options: EmbeddedOptions {
        var options = EmbeddedOptions()
        options.segmentBytes = 8 << 10
        options.cacheBytes = 16 << 10
        options.windowEvents = 64
        options.retentionBytes = 96 << 10
        options.retention = .seconds(600)
        return options
    }

    init(seed: UInt64) async throws {
        self.seed = seed
        random = SplitMix64(seed: seed)
        bus = try await Self.open(system, clock)
    }

    static func open(_ system: SimulatedFileSystem, _ clock: ManualClock) async throws -> EmbeddedEventBus {
        try await EmbeddedEventBus.open(
            folder, options: options, logger: .quiet, environment: .seeded(1, clock: clock), fileSystem: system)
    }

    var nextSequence: UInt64 { firstRecent + UInt64(recent.count) }

    /// One of a group's members, if it has any.
    mutating func member(of group: Int) -> Member? {
        members[group].isEmpty ? nil : members[group][roll(0..<members[group].count)]
    }

    /// Joins a group of the bus.
    mutating func subscribe(_ group: Int, _ pattern: EventPattern, from start: Subscription.Start) async throws {
        let consumer = try await bus.subscribe(Subscription(group: "group \(group)", pattern: pattern, start: start))
        lastMember += 1
        members[group].append(Member(id: lastMember, consumer: consumer))
    }

    mutating func roll(_ range: Range<Int>) -> Int { Int.random(in: range, using: &random) }

    /// Does so many things.
    mutating func run(_ operations: Int) async throws {
        for operation in 0..<operations {
            do {
                try await step()
                if operation % 64 == 0 { try await compare() }
            } catch {
                throw Failure(description: "seed \(seed), operation \(operation): \(error)")
            }
        }
        try await drain()
        await bus.close()
    }

    mutating func count(_ what: String) { counts[what, default: 0] += 1 }

    private mutating func step() async throws {
        let group = roll(0..<Self.groupCount)
        switch roll(0..<1000) {
        case 0..<160: try await publish()
        case 160..<480: try await take(group)
        case 480..<860: try await settle(group)
        case 860..<930:
            count("time")
            clock.advance(by: .milliseconds(roll(0..<50) == 0 ? 31_000 : roll(0..<1500)))
        case 930..<970: try await join(group)
        case 970..<978: try await leave(group)
        case 978..<980: try await remove(group)
        case 980..<989:
            count("checkpoint")
            try await bus.checkpoint()
            doubts = []
        case 989..<996:
            count("maintenance")
            await bus.runMaintenance()
            doubts = []
            lastMaintenance = nextSequence
        case 996..<998: try await reopen()
        default: try await crash()
        }
    }

    var files: Int { (try? system.files(in: Self.folder).count) ?? 0 }
    var events: Int { nextNumber }
    var lastSegment: String {
        (try? system.files(in: Self.folder).last { $0.hasSuffix(".log") }) ?? ""
    }
}
