import Synchronization
import Testing
import Tidings
import TidingsBroker
import TidingsLog
import TidingsRouting
import TidingsTesting

/// Power cuts while queues, their dead letters, delays, archives and replays are at work.
@Suite(.timeLimit(.minutes(10))) struct QueuePowerCutTests {
    private func run(on system: SimulatedFileSystem = SimulatedFileSystem(), each step: Int) async throws -> [QueueCut]
    {
        let workload = QueueWorkload()
        let cuts = Mutex((boundary: 0, cuts: [QueueCut]()))
        let watched = WatchedFileSystem(system) { system in
            let before = workload.promises.withLock { $0 }
            cuts.withLock { state in
                state.boundary += 1
                guard state.boundary % step == 0 else { return }
                for survival in PowerCut.survivals(state.boundary) {
                    let survivor = system.afterPowerCut(survival)
                    let promises = workload.promises.withLock { $0 }.limited(to: before)
                    state.cuts.append(
                        QueueCut(
                            name: "boundary \(state.boundary), \(survival)", survivor: survivor, promises: promises,
                            time: workload.elapsed))
                }
            }
        }
        try await workload.run(on: watched)
        return cuts.withLock { $0.cuts }
    }

    private func defects(of cuts: [QueueCut]) async -> [String] {
        await Task(executorPreference: QueueExecutor("power cuts of queues")) {
            var defects: [String] = []
            for cut in cuts {
                do { try await cut.check() } catch { defects.append("\(cut.name): \(error)") }
            }
            return defects
        }.value
    }

    @Test func `no power cut loses, doubles or brings back what is in a queue`() async throws {
        let cuts = try await run(each: 1)
        let defects = await defects(of: cuts)
        print("power cuts of queues: \(cuts.count) cases, \(defects.count) defects")
        #expect(defects.isEmpty, "\(defects.count) defects, such as:\n\(defects.prefix(20).joined(separator: "\n"))")
        #expect(cuts.count >= 500)
    }

    @Test func `a disk that lies about its syncs is found out`() async throws {
        let system = SimulatedFileSystem()
        system.fail(.synchronize, with: .lie)
        let cuts = try await run(on: system, each: 11)
        #expect(await !defects(of: cuts).isEmpty)
    }
}

/// What a power cut may not undo of the queue `orders`, by the numbers of events.
struct QueuePromises: Sendable {
    /// Those that somebody began to publish.
    var begun: Set<Int> = []
    /// Those that are published, as their publisher was told.
    var owed: Set<Int> = []
    /// Those that somebody began to acknowledge or to discard.
    var ending: Set<Int> = []
    /// Those of these that were followed by something durable.
    var ended: Set<Int> = []

    /// Promised before a moment, begun before a later one.
    func limited(to before: Self) -> Self {
        Self(begun: begun, owed: before.owed, ending: ending, ended: before.ended)
    }
}

/// A script that does a little of everything to queues.
private final class QueueWorkload: Sendable {
    static let folder = "/data/bus"
    let promises = Mutex(QueuePromises())
    private let clock = ManualClock()

    var elapsed: Duration { clock.now() - ManualClock().now() }

    static func open(_ system: any FileSystem, _ clock: ManualClock) async throws -> EmbeddedEventBus {
        var options = EmbeddedOptions.small
        options.windowEvents = 16
        options.retention = .seconds(36_500 * 86_400)
        options.retentionBytes = 1 << 30
        return try await EmbeddedEventBus.open(
            folder, options: options, logger: .quiet, environment: .seeded(1, clock: clock), fileSystem: system)
    }

    func run(on system: any FileSystem) async throws {
        var bus = try await Self.open(system, clock)
        try await declare(bus)
        try await publish(bus, 0..<12)
        try await consume(bus)
        try await bus.checkpoint()
        promises.withLock { $0.ended = $0.ending }
        try await publish(bus, 12..<16)
        try await letDie(bus)
        let letters = try await bus.deadLetters(in: "orders-dead-letters")
        try await bus.redrive(from: "orders-dead-letters", Array(letters.map(\.sequence).prefix(3)))
        try await discard(bus, letters.suffix(1))
        await bus.close()

        bus = try await Self.open(system, clock)
        try await bus.startReplay(EventReplay("again", of: "archive", queues: ["late"]))
        try await publish(bus, 16..<24)
        while try await bus.replays().last?.state == .running { await Task.yield() }
        try await bus.purgeQueue("late")
        await bus.runMaintenance()
        try await consume(bus)
        await bus.close()
    }

    private func declare(_ bus: EmbeddedEventBus) async throws {
        var options = QueueOptions()
        options.maximumReceives = 2
        options.retention = .seconds(365 * 86_400)
        try await bus.declareQueue("orders", options)
        options.delay = .seconds(60)
        try await bus.declareQueue("late", options)
        try await bus.declareRule(EventRule("all", .all, to: ["orders", "late"]))
        try await bus.declareArchive(EventArchive("archive", .all, retention: .seconds(3650 * 86_400)))
    }

    private func publish(_ bus: EmbeddedEventBus, _ numbers: Range<Int>) async throws {
        promises.withLock { $0.begun.formUnion(numbers) }
        try await bus.publish(
            numbers.map { number in
                var event = Envelope.numbered(number, key: number % 3 == 0 ? nil : "key \(number % 3)")
                if number % 5 == 0 { event.notBefore = clock.now() + .seconds(40) }
                return event
            })
        promises.withLock { promises in
            promises.owed.formUnion(numbers)
            promises.ended = promises.ending
        }
    }

    /// One settlement of each kind, the last of which is left out.
    private func consume(_ bus: EmbeddedEventBus) async throws {
        let consumer = try await bus.consumer(ofQueue: "orders")
        let taken = try await consumer.take(min(6, consumer.depth().pending))
        guard taken.count >= 5 else { return }
        promises.withLock { $0.ending.formUnion([taken[0].event.number, taken[1].event.number]) }
        try await consumer.settle([
            .acknowledge(taken[0].receipt), .acknowledge(taken[1].receipt), .release(taken[2].receipt),
            .retry(taken[3].receipt, after: .seconds(90)), .deadLetter(taken[4].receipt, reason: "it is wrong"),
        ])
    }

    /// Receives what can be had as often as it may be.
    private func letDie(_ bus: EmbeddedEventBus) async throws {
        let consumer = try await bus.consumer(ofQueue: "orders")
        for _ in 0..<3 {
            clock.advance(by: .seconds(31))
            if try await consumer.depth().pending > 0 { _ = try await consumer.next(atMost: 100) }
        }
        clock.advance(by: .seconds(31))
    }

    private func discard(_ bus: EmbeddedEventBus, _ letters: ArraySlice<QueueDeadLetter>) async throws {
        promises.withLock { $0.ending.formUnion(letters.map(\.event.number)) }
        try await bus.discard(from: "orders-dead-letters", letters.map(\.sequence))
        promises.withLock { $0.ended = $0.ending }
    }
}

/// One way in which a machine came back, and what its bus had promised.
private struct QueueCut: Sendable {
    let name: String
    let survivor: SimulatedFileSystem
    let promises: QueuePromises
    /// How long the script had run.
    let time: Duration

    private struct Defect: Error, CustomStringConvertible {
        let description: String
    }

    func check() async throws {
        let now = ManualClock()
        now.advance(by: time)
        let first = try await QueueWorkload.open(survivor, now)
        for queue in ["orders", "late", "orders-dead-letters"] {
            guard let ledger = try? await first.ledger(of: queue) else { continue }
            guard ledger.isBalanced, ledger.pending >= 0 else {
                throw Defect(description: "the ledger of \(queue) at once: \(ledger)")
            }
        }
        await first.close()
        // By then whatever waits or is out may be received.
        let clock = ManualClock()
        clock.advance(by: .seconds(86_400))
        let bus = try await QueueWorkload.open(survivor, clock)
        var ledgers: [String: QueueLedger] = [:]
        do {
            try await check(bus)
            for name in ["orders", "orders-dead-letters"] { ledgers[name] = try? await bus.ledger(of: name) }
        } catch {
            await bus.close()
            throw error
        }
        await bus.close()
        let walk = try LedgerWalk(QueueWorkload.folder, survivor)
        for (name, ledger) in ledgers {
            guard ledger.isBalanced, ledger.terms == walk.queue(name)?.counts else {
                throw Defect(
                    description: "\(name) counts \(ledger), and a walk over the log \(walk.queue(name)?.counts ?? [:])")
            }
        }
    }

    private func check(_ bus: EmbeddedEventBus) async throws {
        guard (try? await bus.ledger(of: "orders")) != nil else {
            if !promises.owed.isEmpty { throw Defect(description: "the queue is gone") }
            return
        }
        let waiting = try await numbers(in: "orders", of: bus)
        // What was received too often has gone there meanwhile.
        let dead = try await numbers(in: "orders-dead-letters", of: bus)
        let there = waiting + dead
        guard Set(there).count == there.count else { throw Defect(description: "\(there.sorted()) are there") }
        guard promises.owed.subtracting(promises.ending).isSubset(of: there) else {
            throw Defect(description: "\(promises.owed.subtracting(promises.ending).subtracting(there)) are lost")
        }
        guard Set(there).isSubset(of: promises.begun.subtracting(promises.ended)) else {
            throw Defect(description: "\(there.sorted()) are there, of which \(promises.ended.sorted()) had ended")
        }
    }

    /// Everything that can be received from a queue, and is acknowledged.
    private func numbers(in queue: String, of bus: EmbeddedEventBus) async throws -> [Int] {
        let consumer = try await bus.consumer(ofQueue: queue)
        var numbers: [Int] = []
        while true {
            let depth = try await consumer.depth()
            guard depth.delayed == 0, depth.inFlight == 0 else {
                throw Defect(description: "\(queue) still has \(depth) after a day")
            }
            if depth.pending == 0 { return numbers }
            // What was received too often goes while somebody asks for more.
            let next = Task { try await consumer.next(atMost: 100) }
            let watch = Task {
                while try await consumer.depth().pending > 0, !Task.isCancelled { await Task.yield() }
                next.cancel()
            }
            let deliveries = (try? await next.value) ?? []
            watch.cancel()
            numbers += deliveries.map(\.event.number)
            try await consumer.acknowledge(deliveries)
        }
    }
}
