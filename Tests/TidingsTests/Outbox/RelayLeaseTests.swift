import ServiceLifecycle
import Synchronization
import Testing
import Tidings
import TidingsTesting

/// The lease of a relay, and what it does in its end.
@Suite(.timeLimit(.minutes(1))) struct RelayLeaseTests {
    private func lease(_ bench: Bench) async throws -> Lease.Row? {
        try await bench.database.read { try Lease(name: "outbox", owner: "nobody").find(in: $0) }
    }

    @Test func `a lease is renewed at half its time by whoever publishes`() async throws {
        try await Bench.with { bench in
            let relay = OutboxRelay(from: bench.database, to: bench.bus, logger: bench.logger)
            #expect(try await relay.relayBatch() == 0)
            let first = try #require(try await lease(bench))
            bench.clock.advance(by: .seconds(1))
            #expect(try await relay.relayBatch() == 0)
            #expect(try await lease(bench) == first, "most of it is left")
            bench.clock.advance(by: .seconds(1))
            #expect(try await relay.relayBatch() == 0)
            #expect(try await lease(bench)?.beat == first.beat + 1)
        }
    }

    @Test func `a bus that answers late costs a relay nothing`() async throws {
        try await Bench.with { bench in
            let (slow, other) = (StubbornBus(bench.bus), StubbornBus(bench.bus))
            let (isSlow, goOn) = (Dial(), Signal())
            slow.whilePublishing.withLock { action in
                action = {
                    if isSlow.turn() == 1 { try await goOn.wait() }
                }
            }
            let one = OutboxRelay(from: bench.database, to: slow, logger: bench.logger)
            let rival = OutboxRelay(from: bench.database, to: other, logger: bench.logger)
            _ = try await bench.database.transaction { try $0.publish(Placed(order: "a")) }
            try await withThrowingTaskGroup(of: Void.self) { group in
                group.addTask { try await one.run() }
                try await bench.until { isSlow.value == 1 }
                group.addTask { try await rival.run() }
                try await bench.pass(.seconds(20), by: .milliseconds(50))
                goOn.signal()
                try await bench.until(advancing: .milliseconds(50)) { try await bench.count("tidings_outbox") == 0 }
                #expect(try await lease(bench)?.epoch == 1)
                #expect(slow.published.all.count == 1)
                #expect(other.published.all.isEmpty)
                group.cancelAll()
                try await group.waitForAll()
            }
        }
    }

    @Test func `a relay that is told to stop publishes what was committed, and gives up its own lease`() async throws {
        try await Bench.with { bench in
            let bus = StubbornBus(bench.bus)
            let isBusy = Dial()
            bus.whilePublishing.withLock { action in
                action = {
                    if isBusy.turn() == 1 { while !Task.isShuttingDownGracefully { await Task.yield() } }
                }
            }
            let relay = OutboxRelay(from: bench.database, to: bus, logger: bench.logger)
            let group = ServiceGroup(services: [relay], logger: bench.logger)
            let running = Task { try await group.run() }
            _ = try await bench.database.transaction { try $0.publish(Placed(order: "a")) }
            try await bench.until { isBusy.value == 1 }
            // While it is busy with the first, more is committed, and it is told to stop.
            _ = try await bench.database.transaction { try $0.publish(Placed(order: "b")) }
            _ = try await bench.database.transaction { try $0.publish(Placed(order: "c")) }
            await group.triggerGracefulShutdown()
            try await running.value
            #expect(try await bench.count("tidings_outbox") == 0)
            #expect(bus.published.all.count == 3)
            #expect(try await lease(bench)?.owner == "")
        }
    }

    @Test func `a bus that is down is asked less and less often`() async throws {
        try await Bench.with { bench in
            let bus = StubbornBus(bench.bus)
            bus.refusals.value = .max
            _ = try await bench.database.transaction { try $0.publish(Placed(order: "a")) }
            try await bench.running(relay: bus) {
                var waits: [Duration] = []
                for _ in 0..<12 {
                    let (start, before) = (bench.clock.now(), bus.refusals.value)
                    try await bench.until(advancing: .milliseconds(20)) {
                        _ = try await bench.seen()
                        return bus.refusals.value < before
                    }
                    waits.append(bench.clock.now() - start)
                }
                // From 50 ms on, doubled each time up to 5 s, and half of that at least.
                #expect(waits[11] >= .seconds(2))
            }
        }
    }

    @Test func `what the bus refused has killed nobody`() async throws {
        try await Bench.with { bench in
            let bus = StubbornBus(bench.bus)
            bus.refusals.value = .max
            _ = try await bench.database.transaction { transaction in
                try transaction.publish(Placed(order: "a"))
                try transaction.execute(
                    """
                    INSERT INTO tidings_leases (name, owner, epoch, beat, takeovers) VALUES ('outbox', 'dead', 1, 0, 1)
                    """)
            }
            try await bench.running(relay: bus) {
                try await bench.until(advancing: .milliseconds(50)) { bus.refusals.value < .max - 3 }
                let row = try await lease(bench)
                #expect(row?.epoch == 2)
                #expect(row?.takeovers == 0)
            }
        }
    }

    @Test func `a suspect event is published while the process does nothing else`() async throws {
        try await Bench.with { bench in
            let bus = StubbornBus(bench.bus)
            let visitors = Dial()
            let others = Notes()
            bus.whilePublishing.withLock { action in
                action = {
                    let visitor = Task { await bench.environment.suspects.pass { _ = visitors.turn() } }
                    for _ in 0..<200 { await Task.yield() }
                    others.add("\(visitors.value) others")
                    _ = visitor
                }
            }
            _ = try await bench.database.transaction { transaction in
                try transaction.publish(Placed(order: "a"))
                try transaction.execute(
                    """
                    INSERT INTO tidings_leases (name, owner, epoch, beat, takeovers) VALUES ('outbox', 'dead', 1, 0, 5)
                    """)
            }
            try await bench.running(relay: bus) {
                try await bench.until(advancing: .milliseconds(50)) { try await bench.count("tidings_outbox") == 0 }
                #expect(others.all == ["0 others"])
                try await bench.until { visitors.value == 1 }
            }
        }
    }
}
