import Logging
import Testing
import Tidings
import TidingsBroker
import TidingsRouting
import TidingsTesting

/// When alarms are raised and cleared, and what is left of that after a restart.
@Suite(.timeLimit(.minutes(10))) struct AlarmTests {
    private let bench = AlarmBench()

    /// A group that gets everything, and an alarm of its backlog.
    private func bus() async throws -> (EmbeddedEventBus, any EventConsumer) {
        let bus = try await bench.open()
        let group = try await bus.subscribe(Subscription(group: "group", pattern: .all))
        try await bus.declareAlarm(QueueAlarm("backlog", .backlog(above: 2)))
        // The first look finds nothing.
        try await bench.clock.waitForSleepers()
        return (bus, group)
    }

    @Test func `an alarm is raised by two looks in a row, once, and cleared by six, once`() async throws {
        let (bus, group) = try await bus()
        let declared = bench.clock.now()
        try await bench.look()
        let first = try await bench.status("backlog", bus)
        #expect((first.state, first.since, first.value) == (.ok, declared, .count(0)))
        try await bus.publish((1...3).map { .numbered($0) })
        try await bench.look()
        #expect(try await bench.state("backlog", bus) == .ok)
        try await bench.look()
        let raised = try await bench.status("backlog", bus)
        #expect((raised.state, raised.since, raised.value) == (.alarm, bench.clock.now(), .count(3)))
        #expect(raised.queue == "group")
        #expect(raised.summary == "group has 3 events that are not done; the alarm allows 2")
        try await bench.look(3)
        try await group.acknowledge(try await group.take(3))
        try await bench.look(5)
        let still = try await bench.status("backlog", bus)
        #expect((still.state, still.since, still.value) == (.alarm, raised.since, .count(0)))
        try await bench.look()
        let cleared = try await bench.status("backlog", bus)
        #expect((cleared.state, cleared.since) == (.ok, bench.clock.now()))
        #expect(
            bench.lines.all(.warning)
                == ["alarm backlog is raised: group has 3 events that are not done; the alarm allows 2"])
        #expect(
            bench.lines.all(.info)
                == ["alarm backlog is cleared: group has 0 events that are not done; the alarm allows 2"])
        await bus.close()
    }

    @Test func `a value that comes and goes neither raises an alarm nor clears it`() async throws {
        let (bus, group) = try await bus()
        for round in 0..<4 {
            try await bus.publish((0..<3).map { .numbered(round * 10 + $0) })
            try await bench.look()
            try await group.acknowledge(try await group.take(3))
            try await bench.look()
            #expect(try await bench.state("backlog", bus) == .ok)
        }
        try await bus.publish((100..<103).map { .numbered($0) })
        try await bench.look(2)
        for round in 0..<3 {
            try await group.acknowledge(try await group.take(3))
            try await bench.look(5)
            try await bus.publish((0..<3).map { .numbered(1000 + round * 10 + $0) })
            try await bench.look()
            #expect(try await bench.state("backlog", bus) == .alarm)
        }
        #expect(bench.lines.all(.warning).count == 1)
        #expect(bench.lines.all(.info) == [])
        await bus.close()
    }

    @Test func `health shows raised alarms and no others`() async throws {
        let (bus, _) = try await bus()
        try await bus.declareAlarm(QueueAlarm("more", .backlog(above: 3)))
        try await bus.publish((1...3).map { .numbered($0) })
        #expect(await bus.health().alarms == [])
        try await bench.look(2)
        let alarms = await bus.health().alarms
        #expect(
            alarms == [
                "alarm backlog is raised since \(bench.clock.now()): group has 3 events that are not done; the alarm "
                    + "allows 2"
            ])
        await bus.close()
    }

    @Test(arguments: [false, true])
    func `an alarm that was raised is so after a restart, since then, and is not raised again`(
        isCheckpointed: Bool
    ) async throws {
        let (bus, group) = try await bus()
        try await bus.declareAlarm(
            QueueAlarm("other", .oldestAge(above: .seconds(3600)), of: "orders", description: "slow"))
        try await bus.publish((1...3).map { .numbered($0) })
        try await bench.look(2)
        let before = try await bus.alarms().map { [$0.alarm.name, "\($0.state)", "\($0.since)"] }
        // What makes this durable makes what was staged before it durable.
        try await bus.declareQueue("orders")
        if isCheckpointed { try await bus.checkpoint() }
        let killed = bench.system.afterPowerCut(.nothing)
        await group.close()
        await bus.close()
        #expect(before.first?[1] == "alarm")

        for system in [killed, bench.system] {
            let again = try await bench.open(system)
            #expect(try await again.alarms().map { [$0.alarm.name, "\($0.state)", "\($0.since)"] } == before)
            #expect(
                try await again.alarms().last?.alarm
                    == QueueAlarm("other", .oldestAge(above: .seconds(3600)), of: "orders", description: "slow"))
            try await bench.look(3)
            let raised = try await bench.status("backlog", again)
            #expect((raised.state, raised.value) == (.alarm, .count(3)))
            #expect("\(raised.since)" == before.first?[2])
            await again.close()
        }
        #expect(bench.lines.all(.warning).count { $0.contains("alarm") } == 1)
        #expect(bench.lines.all(.info) == [])
    }

    @Test func `an alarm that was cleared or removed is not there after a restart`() async throws {
        let (bus, group) = try await bus()
        try await bus.declareAlarm(QueueAlarm("gone", .backlog(above: 2)))
        try await bus.publish((1...3).map { .numbered($0) })
        try await bench.look(2)
        try await group.acknowledge(try await group.take(3))
        try await bench.look(6)
        try await bus.removeAlarm("gone")
        try await bus.removeAlarm("never there")
        let since = try await bench.status("backlog", bus).since
        await bus.close()
        let again = try await bench.open()
        let statuses = try await again.alarms()
        #expect(statuses.map(\.alarm.name) == ["backlog"])
        #expect(statuses.map(\.state) == [.ok])
        #expect(statuses.map(\.since) == [since])
        await again.close()
    }

    @Test func `the same declared twice appends nothing, and a description leaves the state`() async throws {
        let (bus, _) = try await bus()
        try await bus.publish((1...3).map { .numbered($0) })
        try await bench.look(2)
        let raised = try await bench.status("backlog", bus)
        // What was staged before is written when this returns.
        try await bus.declareQueue("orders")
        let count = try bench.system.recordKinds(in: "/bus").count
        try await bus.declareAlarm(QueueAlarm("backlog", .backlog(above: 2)))
        #expect(try bench.system.recordKinds(in: "/bus").count == count)
        try await bus.declareAlarm(QueueAlarm("backlog", .backlog(above: 2), description: "too much"))
        let described = try await bench.status("backlog", bus)
        #expect((described.state, described.since) == (.alarm, raised.since))
        #expect(described.alarm.description == "too much")
        #expect(bench.lines.all(.info) == [])
        await bus.close()
    }

    @Test func `an alarm that watches something else begins anew, and says that the old one is over`() async throws {
        let (bus, _) = try await bus()
        try await bus.publish((1...3).map { .numbered($0) })
        try await bench.look(2)
        try await bus.declareAlarm(QueueAlarm("backlog", .backlog(above: 1)))
        let anew = try await bench.status("backlog", bus)
        #expect((anew.state, anew.since, anew.value) == (.ok, bench.clock.now(), nil))
        #expect(anew.summary == "nobody has looked yet")
        #expect(bench.lines.all(.info) == ["alarm backlog is cleared: it was declared otherwise"])
        try await bench.look()
        #expect(try await bench.state("backlog", bus) == .ok)
        try await bench.look()
        #expect(try await bench.state("backlog", bus) == .alarm)
        try await bus.removeAlarm("backlog")
        #expect(bench.lines.all(.info).last == "alarm backlog is cleared: it was removed")
        #expect(bench.lines.all(.warning).count == 2)
        await bus.close()
    }

    @Test func `an alarm out of range is refused by its name, and so is one too many`() async throws {
        let bus = try await bench.open()
        let wrong: [(QueueAlarm, String)] = [
            (QueueAlarm("", .unbalancedLedger), "1 to 255 bytes"),
            (QueueAlarm("a\n", .unbalancedLedger), "control character"),
            (QueueAlarm("a", .backlog(above: -1)), "alarm a is raised by backlog above -1"),
            (QueueAlarm("a", .deadLetters(above: 1_000_000_000_001)), "0 to 1,000,000,000,000"),
            (QueueAlarm("a", .oldestAge(above: .milliseconds(999))), "1 second to 3,650 days"),
            (QueueAlarm("a", .oldestAge(above: .seconds(Int64.max))), "1 second to 3,650 days"),
            (QueueAlarm("a", .unbalancedLedger, of: ""), "the queue of alarm a"),
            (QueueAlarm("a", .unbalancedLedger, description: String(repeating: "x", count: 1025)), "at most 1,024"),
        ]
        for (alarm, part) in wrong {
            let error = await #expect(throws: TidingsError.self) { try await bus.declareAlarm(alarm) }
            #expect(error?.code == .invalid)
            #expect(error?.message.contains(part) == true, "\(String(describing: error))")
        }
        #expect(try await bus.alarms() == [])
        try await withThrowingTaskGroup(of: Void.self) { tasks in
            for number in 0..<1000 {
                tasks.addTask { try await bus.declareAlarm(QueueAlarm("alarm \(number)", .unbalancedLedger)) }
            }
            try await tasks.waitForAll()
        }
        let error = await #expect(throws: TidingsError.self) {
            try await bus.declareAlarm(QueueAlarm("one more", .unbalancedLedger))
        }
        #expect(error?.code == .overloaded)
        await bus.close()
    }

    @Test func `what was raised on a full disk is recorded as soon as there is room`() async throws {
        let bus = try await bench.open(segmentBytes: 8 << 10)
        let group = try await bus.subscribe(
            Subscription(group: "group", pattern: .all, visibilityTimeout: .seconds(30 * 86_400)))
        var count = 10
        try await bus.publish((0..<count).map { .numbered($0) })
        let out = try await group.take(5)
        while try bench.system.files(in: "/bus").count(where: { $0.hasSuffix(".log") }) < 2 { await Task.yield() }
        bench.system.capacity = bench.system.usedBytes
        try await bus.declareAlarm(QueueAlarm("backlog", .backlog(above: 2)))
        // A consumer uses what is kept for it, and what it settles then waits for room as well.
        var refused = 0
        while refused < 3 {
            do {
                let deliveries = try await group.next(atMost: 1)
                try await group.settle(deliveries.map { .release($0.receipt) })
            } catch let error as TidingsError {
                #expect(error.code == .unavailable)
                refused += 1
            }
        }
        for delivery in out { try await group.settle([.release(delivery.receipt)]) }
        func letTimePass() async {
            bench.clock.advance(by: .seconds(10))
            for _ in 0..<50 { await Task.yield() }
        }
        while try await bench.state("backlog", bus) != .alarm { await letTimePass() }
        let raised = try await bench.status("backlog", bus)
        bench.system.capacity = .max
        var isRecorded = false
        for _ in 0..<200 where !isRecorded {
            await letTimePass()
            // The log looks for room once a second.
            while (try? await bus.publish([.numbered(count)])) == nil { await Task.yield() }
            count += 1
            isRecorded = try bench.system.recordKinds(in: "/bus").contains(25)
        }
        #expect(isRecorded)
        let again = try await bench.open(bench.system.afterPowerCut(.everything))
        let kept = try await bench.status("backlog", again)
        #expect((kept.state, kept.since) == (.alarm, raised.since))
        await again.close()
        await bus.close()
        #expect(bench.lines.all(.warning).count { $0.contains("alarm backlog") } == 1)
    }
}
