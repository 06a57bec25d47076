import Foundation
import Hummingbird
import HummingbirdTesting
import ServiceLifecycle
import Synchronization
import Testing
import Tidings
import TidingsBroker
import TidingsPrometheus
import TidingsService

@Suite(.timeLimit(.minutes(1))) struct PlatformRunningTests {
    private struct Noted: Event {
        static let type: EventType = "noted.v1"
        let text: String
    }

    /// A service that runs beside those with routes.
    private final class Worker: Service {
        let state = Mutex("new")

        func run() async throws {
            state.withLock { $0 = "running" }
            try await gracefulShutdown()
            state.withLock { $0 = "ended" }
        }
    }

    private func platform(in folder: String, _ embedded: EmbeddedOptions = EmbeddedOptions()) async throws -> Platform {
        try await Platform.open(
            Settings(["TIDINGS_DATA": folder, "LOG_LEVEL": "critical"]), scope: "shop", embedded: embedded,
            metrics: PrometheusRegistry())
    }

    private func notes(
        on platform: Platform, _ subscribers: (ServiceDatabase) -> [Subscriber]
    ) async throws
        -> HostedService
    {
        let database = try await platform.database(
            for: "notes", migrations: [Migration("notes", "CREATE TABLE notes (text TEXT)")])
        return try HostedService(
            "notes", on: platform, port: 0, database: database, subscribers: subscribers(database),
            metricsPath: "/metrics"
        ) { router in
            router.post("notes/:text") { _, context in
                let text = try context.parameters.text("text")
                _ = try await database.transaction { try $0.publish(Noted(text: text)) }
                return Response.json(["text": text])
            }
            router.get("notes") { _, _ in
                let rows = try await database.read { try $0.query("SELECT text FROM notes") }
                return Response.json(["notes": try rows.map { try $0.value("text", as: String.self) }])
            }
        }
    }

    private func subscriber(of platform: Platform, _ database: ServiceDatabase) -> Subscriber {
        Subscriber("notes", on: platform, database) {
            On(Noted.self) { try $1.execute("INSERT INTO notes (text) VALUES (\($0.text))") }
        }
    }

    @Test(arguments: [TestingSetup.router, .live])
    func `a service is tested with HummingbirdTesting, its events flow, and others run beside it`(
        _ setup: TestingSetup
    ) async throws {
        try await TemporaryFolder.with { folder in
            let platform = try await platform(in: folder)
            let service = try await notes(on: platform) { [subscriber(of: platform, $0)] }
            let worker = Worker()
            try await platform.application(of: service, beside: [worker]).test(setup) { client in
                try await client.execute(uri: "/notes/hello", method: .post) { #expect($0.status == .ok) }
                var answer = ""
                while !answer.contains("hello") {
                    try Task.checkCancellation()
                    answer = try await client.execute(uri: "/notes", method: .get) { String(buffer: $0.body) }
                }
                try await client.execute(uri: "/health/events", method: .get) { #expect($0.status == .ok) }
                #expect(worker.state.withLock { $0 } == "running")
            }
            #expect(worker.state.withLock { $0 } == "ended")
            // The bus was closed with it.
            let again = try await self.platform(in: folder)
            await again.close()
        }
    }

    @Test func `any service and bare subscribers run on a platform, and what it keeps lies in the folder of the scope`()
        async throws
    {
        try await TemporaryFolder.with { folder in
            let platform = try await platform(in: folder)
            let service = try await notes(on: platform) { _ in [] }
            let subscriber = subscriber(of: platform, service.database)
            #expect(subscriber.name == "shop.notes")
            let worker = Worker()
            let (running, started) = AsyncStream<Void>.makeStream()
            let run = Task {
                try await platform.run([worker, subscriber, service], until: []) { _ in started.yield() }
            }
            for await _ in running { break }
            let id = try await service.database.transaction { try $0.publish(Noted(text: "beside")) }
            #expect(!id.rawValue.isEmpty)
            while try await service.database.read({ try $0.query("SELECT text FROM notes").isEmpty }) {
                try Task.checkCancellation()
                await Task.yield()
            }
            #expect(worker.state.withLock { $0 } == "running")
            run.cancel()
            _ = await run.result
            let names = try FileManager.default.contentsOfDirectory(atPath: folder + "/shop").sorted()
            #expect(names.contains("log"))
            #expect(names.contains("notes.sqlite"))
        }
    }

    @Test func `what a service without routes and handlers publishes reaches the bus`() async throws {
        try await TemporaryFolder.with { folder in
            let platform = try await platform(in: folder)
            let importer = try await platform.database(for: "importer")
            let service = try await notes(on: platform) { [subscriber(of: platform, $0)] }
            try await platform.application(of: service, beside: [Worker()]).test(.router) { _ in
                _ = try await importer.transaction { try $0.publish(Noted(text: "imported")) }
                while try await service.database.read({ try $0.query("SELECT text FROM notes").isEmpty }) {
                    try Task.checkCancellation()
                    await Task.yield()
                }
            }
        }
    }

    @Test func `the options of the embedded bus are those of the program`() async throws {
        try await TemporaryFolder.with { folder in
            var options = EmbeddedOptions()
            options.segmentBytes = 1
            let error = await #expect(throws: TidingsError.self) { try await platform(in: folder, options) }
            #expect(error?.code == .invalid)
        }
    }
}
