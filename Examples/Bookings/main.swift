import Logging
import ServiceLifecycle
import Tidings
import TidingsBroker
import TidingsSQLite
import UnixSignals

let logger = Logger(label: "bookings")
let bus = try await EmbeddedEventBus.open("data/log", logger: logger)
let desk = try await ServiceDatabase(SQLiteEngine.open("data/desk.sqlite"), service: "desk", source: "/desk")
let hall = try await ServiceDatabase(
    SQLiteEngine.open("data/hall.sqlite"), service: "hall", source: "/hall",
    migrations: [
        Migration(
            "seats", "CREATE TABLE seats (free INTEGER NOT NULL CHECK (free >= 0))", "INSERT INTO seats VALUES (100)")
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

let booking = try await desk.transaction { transaction in
    let booking = transaction.makeID().rawValue
    try transaction.publish(SeatWanted(booking: booking))
    return booking
}
try await ServiceGroup(
    services: [EventRuntime([bookings, seats], bus: bus, logger: logger)], gracefulShutdownSignals: [.sigterm],
    logger: logger
).run()
