import Foundation
import Testing
import Tidings
import TidingsPrometheus
import TidingsService

@Suite(.timeLimit(.minutes(1))) struct PlatformFailureTests {
    @Test func `a log that cannot be written any more ends the run with its reason`() async throws {
        try await TemporaryFolder.with { folder in
            let platform = try await Platform.open(
                Settings(["TIDINGS_DATA": folder + "/data", "LOG_LEVEL": "critical"]), scope: "shop",
                metrics: PrometheusRegistry())
            let database = try await platform.database(for: "stock")
            let service = try HostedService(
                "stock", on: platform, port: 0, database: database, subscribers: [], metricsPath: "/metrics"
            ) { _ in }
            let (running, started) = AsyncStream<Void>.makeStream()
            let run = Task { try await platform.run([service], until: []) { _ in started.yield() } }
            for await _ in running { break }
            // The next file of the log has no place to go.
            try FileManager.default.removeItem(atPath: folder + "/data/shop/log")
            await #expect(throws: TidingsError.self) {
                for number in 0..<20 { try await platform.bus.publish([event(number)]) }
            }
            let error = await #expect(throws: TidingsError.self) { try await run.value }
            #expect(error?.code == .unavailable)
            #expect(error?.message.contains(folder + "/data/shop/log") == true)
        }
    }

    /// An event of eight megabytes.
    private func event(_ number: Int) -> Envelope {
        Envelope(
            id: EventID("event-\(number)"), source: "/test", type: "test.v1", subject: nil,
            time: Timestamp(seconds: 1000), data: EventBytes("\"" + String(repeating: "x", count: 8 << 20) + "\""))
    }
}
