import Testing
import TidingsService

@Suite(.timeLimit(.minutes(1))) struct OrdersSettingsTests {
    @Test(arguments: [
        ("PAYMENT_SUCCESS_RATE", "1.5", "a number from 0.0 to 1.0"),
        ("PAYMENT_SUCCESS_RATE", "abc", "a number from 0.0 to 1.0"),
        ("PAYMENT_SUCCESS_RATE", "-0.1", "a number from 0.0 to 1.0"),
        ("USE_SIMULATED_PAYMENT", "false", "true: Stripe is not supported in this version"),
        ("USE_SIMULATED_PAYMENT", "maybe", "true or false"),
        ("ORDER_PORT", "70000", "a whole number from 0 to 65535"),
        ("PAYMENT_PORT", "http", "a whole number from 0 to 65535"),
        ("INVENTORY_PORT", "-1", "a whole number from 0 to 65535"),
        ("EVENT_BUS_TYPE", "kafka", "embedded or memory in this version"),
        (
            "EVENT_BUS_TYPE", "bogus",
            "one of embedded, memory, daemon, nats, kafka, redis, redis-pubsub, rabbitmq, postgres, aws"
        ),
        ("LOG_LEVEL", "loud", "one of trace, debug, info, notice, warning, error, critical"),
        ("TIDINGS_DATA", "/dev/null/data", "a folder that can be made and written"),
    ])
    func `an illegal value stops the start and says what would be right`(
        _ name: String, _ value: String, _ expected: String
    ) async {
        let error = await #expect(throws: SettingsError.self) {
            try await RunningOrders.with([name: value]) { _ in }
        }
        #expect(error?.description == "\(name) is '\(value)'; it must be \(expected)")
    }

    @Test func `two services of one port stop the start`() async {
        let error = await #expect(throws: SettingsError.self) {
            try await RunningOrders.with(["ORDER_PORT": "4712", "INVENTORY_PORT": "4712"]) { _ in }
        }
        #expect(error?.description == "INVENTORY_PORT is '4712'; it must be another port than that of order")
    }

    @Test(arguments: ["DATABASE_URL", "PAYMENT_DATABASE_URL"])
    func `a database's password is not in the message`(_ name: String) async throws {
        let error = await #expect(throws: SettingsError.self) {
            try await RunningOrders.with([name: "postgresql://user:secret@db.example/orders"]) { _ in }
        }
        #expect(try #require(error).name == name)
        #expect(try !#require(error).description.contains("secret"))
    }
}
