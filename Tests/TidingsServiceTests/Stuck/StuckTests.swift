import Dispatch
import HTTPTypes
import HummingbirdTesting
import NIOCore
import Testing
import Tidings
import TidingsSQLite
import TidingsTesting

@Suite(.timeLimit(.minutes(2))) struct StuckTests {
    @Test(arguments: StuckWork.Kind.allCases)
    func `what is stuck is named in health, route, metric and log, and ended by the call that it names`(
        _ kind: StuckWork.Kind
    ) async throws {
        try await StuckService.with { service in
            try await service.plant(kind)
            var found: StuckService.Found?
            while found == nil {
                // A compensation is given up after an hour.
                service.clock.advance(by: .seconds(kind == .compensation ? 60 : 1))
                found = try await service.find(kind)
            }
            let work = try #require(found)
            #expect(!work.heldBy.isEmpty && !work.holdsUp.isEmpty && work.since <= service.clock.now())

            // The log and the metric know it by the next look, five seconds later.
            while try await service.gauge(kind) == 0 { service.clock.advance(by: .seconds(1)) }
            #expect(service.log.all.contains("warning Stuck: \(work.name)"))
            let health = try await service.health()
            #expect(health.reason.contains(work.name) || kind == .group && health.reason.contains("stuck.left"))
            #expect(health.stuck.contains { $0.name == work.name })

            service.repair(kind)
            try await service.post(work.remedy.path, work.remedy.body)
            while try await service.find(kind) != nil { service.clock.advance(by: .seconds(1)) }
            while try await service.gauge(kind) > 0 { service.clock.advance(by: .seconds(1)) }
            #expect(service.log.all.contains("info No longer stuck: \(work.name)"))
            #expect(service.log.all.count { $0.hasSuffix("tuck: \(work.name)") } == 2)
        }
    }

    @Test func `a database that another process has locked is known to health, until it is free again`() async throws {
        try await StuckService.with { service in
            let other = try await SQLiteEngine.open(service.path)
            let (locked, told) = AsyncStream<Void>.makeStream()
            let release = DispatchSemaphore(value: 0)
            let holder = Task {
                try await other.write { _ in
                    told.finish()
                    release.wait()
                }
            }
            for await _ in locked {}
            defer { release.signal() }
            while try await service.health().status != "unavailable" { try await service.advance() }
            #expect(try await service.health().reason.contains("locked"))
            release.signal()
            try await holder.value
            while try await service.health().status != "ok" { try await service.advance() }
        }
    }

    @Test func `a group that has members is not removed, whatever waits for it`() async throws {
        try await StuckService.with { service in
            service.faults[.effect] = true
            try await service.publish(Asked(key: "a"))
            // Longer than it takes until a group is known to be unread.
            for _ in 0..<30 { try await service.advance() }
            let (status, problem) = try await service.client.execute(
                uri: "/manage/groups/remove", method: .post, headers: [.contentType: "application/json"],
                body: ByteBuffer(string: #"{"group":"stuck.stock"}"#)
            ) { ($0.status, String(buffer: $0.body)) }
            #expect(status == .conflict)
            #expect(problem.contains("urn:tidings:problem:group-in-use"))
            service.faults.clear()
            try await service.waitUntilHandled(1)
        }
    }

    @Test func `a service in which nothing is stuck says nothing of it`() async throws {
        try await StuckService.with { service in
            try await service.publish(Asked(key: "a"))
            try await service.publish(Counted(key: "b"))
            try await service.waitUntilHandled(2)
            for _ in 0..<100 { try await service.advance() }
            for kind in StuckWork.Kind.allCases {
                #expect(try await service.find(kind) == nil)
                #expect(try await service.gauge(kind) == 0)
            }
            #expect(try await service.health().status == "ok")
            #expect(!service.log.all.contains { $0.contains("tuck: ") })
        }
    }
}
