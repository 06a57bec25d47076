import Foundation
import Logging
import ServiceLifecycle
import Testing
import Tidings
import TidingsBroker
import TidingsSQLite

@testable import example_bookings

@Suite struct GuideTests {
    @Test(.timeLimit(.minutes(1))) func `the program of the guide books seats until there are none`() async throws {
        let folder = FileManager.default.temporaryDirectory.appending(path: "tidings-guide-\(UUID())").path
        try FileManager.default.createDirectory(atPath: folder, withIntermediateDirectories: true)
        defer { try? FileManager.default.removeItem(atPath: folder) }

        let logger = Logger(label: "bookings") { _ in SwiftLogNoOpLogHandler() }
        let bus = try await EmbeddedEventBus.open("\(folder)/log", logger: logger)
        let desk = try await ServiceDatabase(
            SQLiteEngine.open("\(folder)/desk.sqlite"), service: "desk", source: "/desk")
        let hall = try await ServiceDatabase(
            SQLiteEngine.open("\(folder)/hall.sqlite"), service: "hall", source: "/hall",
            migrations: [
                Migration(
                    "seats", "CREATE TABLE seats (free INTEGER NOT NULL CHECK (free >= 0))",
                    "INSERT INTO seats VALUES (2)")
            ])
        let bookings = Subscriber("bookings", bus: bus, database: desk, logger: logger) {
            SagaHandler(Booking.self)
        }
        let seats = Subscriber("seats", bus: bus, database: hall, logger: logger) {
            On(SeatWanted.self) { wanted, transaction in
                if try transaction.execute("UPDATE seats SET free = free - 1 WHERE free > 0") == 1 {
                    try transaction.publish(SeatTaken(booking: wanted.booking))
                } else {
                    try transaction.publish(SeatRefused(booking: wanted.booking))
                }
            }
        }
        let runtime = EventRuntime([bookings, seats], bus: bus, logger: logger)
        let group = ServiceGroup(services: [runtime], logger: logger)

        try await withThrowingTaskGroup(of: Void.self) { tasks in
            tasks.addTask { try await group.run() }
            try await desk.transaction { transaction in
                for number in 1...3 { try transaction.publish(SeatWanted(booking: "b-\(number)")) }
            }
            var stages: [String?] = []
            while !stages.allSatisfy({ $0 == "booked" || $0 == "refused" }) || stages.isEmpty {
                stages = []
                for number in 1...3 {
                    stages.append(try await desk.saga(Booking.self, id: "b-\(number)")?.stage)
                }
                try Task.checkCancellation()
                await Task.yield()
            }
            #expect(stages == ["booked", "booked", "refused"])
            await group.triggerGracefulShutdown()
            try await tasks.waitForAll()
        }
        await bus.close()
    }
}
