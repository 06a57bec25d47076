import Foundation
import Testing
import Tidings
import TidingsBroker
import TidingsRouting
import TidingsTesting

/// Event logs as a program with the embedded bus has them.
@Suite(.timeLimit(.minutes(10))) struct EventLogTests {
    private let system = SimulatedFileSystem()
    private let clock = ManualClock()
    private static let day = Duration.seconds(86_400)

    private func open(
        _ system: SimulatedFileSystem? = nil, _ options: EmbeddedOptions = .small
    ) async throws -> EmbeddedEventBus {
        try await EmbeddedEventBus.open(
            "/bus", options: options, logger: .quiet, environment: .seeded(1, clock: clock),
            fileSystem: system ?? self.system)
    }

    private func publish(_ numbers: ClosedRange<Int>, _ bus: EmbeddedEventBus) async throws {
        try await bus.publish(numbers.map { .numbered($0) })
    }

    private func lines(_ log: String = "audit") throws -> [LoggedLine] { try system.lines(of: log, in: "/bus") }

    private func files(_ log: String = "audit") throws -> [String] { try system.files(in: "/bus/logs/" + log) }

    @Test func `each event that a rule chooses is a line, once and in order, with what is known of it`() async throws {
        let bus = try await open()
        let pattern = try EventPattern(json: #"{"data":[{"numeric":["<=",3]}]}"#)
        try await bus.declareRule(EventRule("few", pattern, to: [.log("audit")]))
        try await publish(1...2, bus)
        clock.advance(by: .seconds(5))
        try await publish(3...4, bus)
        try await bus.waitForEventLog("audit", clock)
        let lines = try lines()
        #expect(lines.map(\.sequence) == [1, 2, 3])
        #expect(lines.map(\.rules) == [["few"], ["few"], ["few"]])
        #expect(lines.map(\.event?.number) == [1, 2, 3])
        #expect(lines.map(\.event?.id) == ["event-1", "event-2", "event-3"])
        #expect(lines.map(\.published) == ["00.000Z", "00.000Z", "05.000Z"].map { "2026-01-01T00:00:\($0)" })
        #expect(try files() == ["2026-01-01-00000000000000000001.jsonl"])
        await bus.close()
        // Nothing comes again, and the next event comes behind it.
        let again = try await open()
        try await publish(0...0, again)
        try await again.waitForEventLog("audit", clock)
        #expect(try self.lines().map(\.sequence) == [1, 2, 3, 5])
        await again.close()
    }

    @Test func `an event that breaks lines and marks texts is one line, and means the same`() async throws {
        let bus = try await open()
        try await bus.declareRule(EventRule(#"a "rule""#, .all, to: [.log("audit")]))
        let event = Envelope(
            id: "a\"b", source: "/test", type: "test.v1", time: Timestamp(seconds: 1000),
            data: EventBytes("{\n\"text\": \"a\\n\\\"b\",\r\n\"list\": [1,\n2]}"))
        let text = Envelope(
            id: "text", source: "/test", type: "test.v1", time: Timestamp(seconds: 1000),
            dataContentType: "text/plain", data: EventBytes("one\ntwo"))
        try await bus.publish([event, text])
        try await bus.waitForEventLog("audit", clock)
        let lines = try lines()
        #expect(lines.map(\.rules) == [[#"a "rule""#], [#"a "rule""#]])
        #expect(lines.map(\.event?.id) == ["a\"b", "text"])
        #expect(lines.last?.event?.data == text.data)
        let file = try system.contents(of: "/bus/logs/audit/" + files()[0])
        let expected = #""data":{ "text": "a\n\"b",  "list": [1, 2]}}}"#
        #expect(String(decoding: file, as: UTF8.self).split(separator: "\n")[0].hasSuffix(expected))
        await bus.close()
    }

    @Test func `rules that choose an event for one log share its line, and each log has it`() async throws {
        let bus = try await open()
        let even = try EventPattern(json: #"{"data":[2,4]}"#)
        try await bus.declareRule(EventRule("even", even, to: [.log("audit")]))
        try await bus.declareRule(EventRule("all", .all, to: [.log("audit"), .log("other", retention: Self.day)]))
        try await publish(1...4, bus)
        for log in ["audit", "other"] { try await bus.waitForEventLog(log, clock) }
        #expect(try lines().map(\.sequence) == [1, 2, 3, 4])
        #expect(try lines().map(\.rules) == [["all"], ["even", "all"], ["all"], ["even", "all"]])
        #expect(try lines("other").map(\.rules) == [["all"], ["all"], ["all"], ["all"]])
        let logs = try await bus.eventLogs()
        #expect(logs.map(\.name) == ["audit", "other"])
        #expect(logs.map(\.rules) == [["all", "even"], ["all"]])
        #expect(logs.map(\.retention) == [.seconds(30 * 86_400), Self.day])
        #expect(logs.map(\.directory) == ["/bus/logs/audit", "/bus/logs/other"])
        await bus.close()
    }

    @Test func `an event log is no queue, whatever its name`() async throws {
        var options = EmbeddedOptions.small
        options.backlogAlarm = 0
        options.unreadAlarm = .zero
        let bus = try await open(nil, options)
        try await bus.declareQueue("audit")
        try await bus.declareRule(EventRule("all", .all, to: ["audit", .log("audit")]))
        let consumer = try await bus.consumer(ofQueue: "audit")
        system.fail(.write, of: ".jsonl", with: .error(28))
        try await publish(1...3, bus)
        _ = try await bus.waitForFailure(clock)
        try await consumer.acknowledge(try await consumer.take(3))
        clock.advance(by: Self.day)
        // No queue has a backlog, and nobody has to read the log.
        let alarms = await bus.health().alarms
        #expect(alarms.count == 1)
        #expect(alarms.first?.hasPrefix("event log audit cannot be written") == true, "\(alarms)")
        #expect(await bus.unreadGroups().isEmpty)
        #expect(try await bus.ledger(of: "audit").acknowledged == 3)
        for name in ["event log audit, rule all", "all"] {
            await #expect(throws: TidingsError.self) { try await bus.ledger(of: name) }
        }
        try await bus.removeQueue("audit")
        #expect(try await bus.rules().map(\.targets) == [[.log("audit")]])
        #expect(try await bus.eventLogs().map(\.pending) == [3])
        await bus.close()
    }

    @Test func `rules show their targets as they were declared, also after a restart`() async throws {
        let bus = try await open()
        try await bus.declareQueue("orders")
        let rules = [
            EventRule("a", .all, to: [.log("audit", retention: .seconds(90 * 86_400)), "orders"]),
            EventRule("b", .all, to: [.log("audit")], isEnabled: false),
        ]
        for _ in 0..<2 {
            for rule in rules { try await bus.declareRule(rule) }
        }
        #expect(try await bus.rules() == rules)
        await bus.close()
        let again = try await open()
        #expect(try await again.rules() == rules)
        let logs = try await again.eventLogs()
        #expect(logs.map(\.retention) == [.seconds(90 * 86_400)])
        try await publish(1...1, again)
        try await again.waitForEventLog("audit", clock)
        #expect(try lines().map(\.rules) == [["a"]])
        await again.close()
        // By a checkpoint alone, and by the records alone.
        for checkpoint in try system.files(in: "/bus").filter({ $0.hasSuffix(".checkpoint") }) {
            try system.remove("/bus/" + checkpoint)
        }
        let folded = try await open()
        #expect(try await folded.rules() == rules)
        await folded.close()
    }

    @Test func `a bus that is closed has written what its event logs were to get`() async throws {
        let bus = try await open()
        try await bus.declareRule(EventRule("all", .all, to: [.log("audit")]))
        // The second one would be written a tenth of a second later.
        for number in 1...2 {
            try await publish(number...number, bus)
            while try lines().isEmpty { await Task.yield() }
        }
        await bus.close()
        #expect(try lines().map(\.sequence) == [1, 2])
        let calls = system.operationCount
        clock.advance(by: .seconds(10))
        for _ in 0..<100 { await Task.yield() }
        #expect(system.operationCount == calls)
    }

    @Test(arguments: ["remove", "disable", "other target"])
    func `what a rule chose is written, although the rule has changed before that`(change: String) async throws {
        let bus = try await open()
        try await bus.declareRule(EventRule("all", .all, to: [.log("audit")]))
        system.fail(.write, of: ".jsonl", with: .error(5))
        try await publish(1...3, bus)
        _ = try await bus.waitForFailure(clock)
        switch change {
        case "remove": try await bus.removeRule("all")
        case "disable": try await bus.declareRule(EventRule("all", .all, to: [.log("audit")], isEnabled: false))
        default: try await bus.declareRule(EventRule("all", .all, to: [.log("other")]))
        }
        try await publish(4...4, bus)
        await bus.close()
        system.clearFaults()
        let again = try await open()
        try await again.waitForEventLog("audit", clock)
        #expect(try lines().map(\.sequence) == [1, 2, 3])
        #expect(try lines().map(\.rules) == [["all"], ["all"], ["all"]])
        let log = try #require(try await again.eventLogs().first)
        #expect(log.rules == (change == "disable" ? ["all"] : []))
        await again.close()
    }

    @Test func `what is out of range is refused with its reason`() async throws {
        let bus = try await open()
        try await bus.declareRule(EventRule("first", .all, to: [.log("audit", retention: .seconds(90 * 86_400))]))
        let long = String(repeating: "x", count: 101)
        for (targets, reason) in [
            ([.log("")], "1 to 100 bytes"), ([.log(long)], "1 to 100 bytes"), ([.log("..")], "dot"),
            ([.log(".hidden")], "dot"), ([.log("a/b")], "no /"), ([.log(#"a\b"#)], "no /"), ([.log("a\nb")], "control"),
            ([.log("new", retention: .seconds(86_399))], "1 to 3,650 days"),
            ([.log("new", retention: .seconds(3651 * 86_400))], "1 to 3,650 days"),
            ([.log("new"), .log("new")], "twice"), ([.log("audit"), .log("audit")], "twice"),
            ([.log("Audit")], "in nothing but case"), ([.log("new"), .log("NEW")], "in nothing but case"),
            ([.log("audit", retention: Self.day)], "rule first for"), ([], "1 to 100"),
        ] as [([EventRule.Target], String)] {
            let error = await #expect(throws: TidingsError.self) {
                try await bus.declareRule(EventRule("second", .all, to: targets))
            }
            #expect(error?.code == .invalid)
            #expect(error?.message.contains(reason) == true, "\(error?.message ?? "")")
        }
        #expect(try await bus.eventLogs().map(\.name) == ["audit"])
        await bus.close()
    }

    @Test func `there are a hundred event logs at most, and one that is gone makes room`() async throws {
        let bus = try await open()
        try await bus.declareRule(EventRule("many", .all, to: (0..<99).map { .log("log \($0)") }))
        for rule in ["one", "two"] { try await bus.declareRule(EventRule(rule, .all, to: [.log("last")])) }
        let error = await #expect(throws: TidingsError.self) {
            try await bus.declareRule(EventRule("more", .all, to: [.log("more")]))
        }
        #expect(error?.code == .overloaded)
        for rule in ["one", "two"] { try await bus.removeRule(rule) }
        try await clock.pass { try await bus.eventLogs().count < 100 }
        try await bus.declareRule(EventRule("more", .all, to: [.log("more")]))
        try await publish(1...1, bus)
        try await bus.waitForEventLog("more", clock)
        #expect(try lines("more").map(\.sequence) == [1])
        await bus.close()
    }
}
