import Logging
import Synchronization
import Tidings
import TidingsBroker
import TidingsSQLite

/// Sagas of three steps a second, from the event that starts one to the event that ends it, 64 at a time, in one service
/// on the embedded bus. Each step is asked for by an event of the saga and answered by an event of a handler, so that a
/// saga takes eight events, each through the outbox, the bus and the inbox.
struct SagaBenchmark: Benchmark {
    static let name = "saga"

    private static let concurrent = 64
    private static let goal = 3000.0

    let rounds: Rounds

    func run(_ report: (BenchmarkResult) -> Void) async throws {
        report(
            try await rounds.rate(
                "saga: three steps, start to finish, \(Self.concurrent) at a time", besideGroupsOf: Self.concurrent,
                goal: Self.goal
            ) { time in
                let count = max(1000, Int(Self.goal * (time / .seconds(1))))
                return try await withEmbeddedBus(in: rounds.folder) { bus in
                    try await rounds.folder.withFolder { try await Self.rate(of: count, on: bus, in: $0) }
                }
            })
    }

    private static func rate(of count: Int, on bus: EmbeddedEventBus, in folder: String) async throws -> Double {
        let logger = Logger(label: "benchmarks")
        let database = try await ServiceDatabase(
            SQLiteEngine.open("\(folder)/service.sqlite"), service: "benchmark", source: "/benchmarks",
            migrations: [
                Migration("steps", "CREATE TABLE steps (trip TEXT, number INTEGER, PRIMARY KEY (trip, number))")
            ])
        let (ended, ends) = AsyncStream.makeStream(of: Void.self)
        let sagas = Subscriber("trips", bus: bus, database: database, logger: logger) { SagaHandler(Trip.self) }
        let steps = Subscriber("steps", bus: bus, database: database, logger: logger) {
            On(StepAsked.self) { step, transaction in
                try transaction.execute("INSERT INTO steps (trip, number) VALUES (\(step.trip), \(step.number))")
                try transaction.publish(StepDone(trip: step.trip, number: step.number))
            }
            On(TripEnded.self) { _, _ in ends.yield() }
        }
        let runtime = EventRuntime([sagas, steps], bus: bus, logger: logger)
        return try await withThrowingTaskGroup(of: Void.self) { group in
            group.addTask { try await runtime.run() }
            let clock = ContinuousClock()
            let start = clock.now
            for number in 0..<min(concurrent, count) { try await begin(number, in: database) }
            var begun = min(concurrent, count)
            var done = 0
            for await _ in ended {
                done += 1
                if done == count { break }
                if begun < count {
                    let number = begun
                    begun += 1
                    group.addTask { try await begin(number, in: database) }
                }
            }
            let time = clock.now - start
            group.cancelAll()
            do { try await group.waitForAll() } catch is CancellationError {}
            return Double(count) / (time / .seconds(1))
        }
    }

    private static func begin(_ number: Int, in database: ServiceDatabase) async throws {
        _ = try await database.transaction { try $0.publish(TripBegun(trip: "trip-\(number)")) }
    }

    private struct TripBegun: Event {
        static let type: EventType = "benchmark.trip.begun.v1"
        let trip: String
        var subject: String? { trip }
    }

    private struct StepAsked: Event {
        static let type: EventType = "benchmark.step.asked.v1"
        let trip: String
        let number: Int
        var subject: String? { trip }
    }

    private struct StepDone: Event {
        static let type: EventType = "benchmark.step.done.v1"
        let trip: String
        let number: Int
        var subject: String? { trip }
    }

    private struct TripEnded: Event {
        static let type: EventType = "benchmark.trip.ended.v1"
        let trip: String
        var subject: String? { trip }
    }

    private struct Trip: Saga {
        typealias ID = String

        enum Stage: String, Codable {
            case underway, ended
        }

        let trip: String
        var stage = Stage.underway

        static var definition: SagaDefinition<Trip> {
            Starts(on: TripBegun.self, id: \.trip) { Trip(trip: $0.trip) }
            When(TripBegun.self, id: \.trip) { trip, _ in [.publish(StepAsked(trip: trip.trip, number: 1))] }
            When(StepDone.self, id: \.trip, in: .underway) { trip, done in
                let step = SagaEffect.step("step \(done.number)")
                if done.number < 3 { return [step, .publish(StepAsked(trip: trip.trip, number: done.number + 1))] }
                trip.stage = .ended
                return [step, .publish(TripEnded(trip: trip.trip)), .complete]
            }
            Timeout(after: .seconds(3600), in: .underway) { trip in
                trip.stage = .ended
                return [.compensate(reason: "time-out")]
            }
        }
    }
}
