import ArgumentParser
import OrderServices
import ServiceLifecycle
import Tidings
import TidingsService

/// Starts the orders system.
@main
struct Orders: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        abstract: "Orders that are confirmed or cancelled exactly once: order, payment and inventory service.",
        discussion: "Settings come from the environment, and from the file that TIDINGS_CONFIG names.")

    func run() async throws {
        do {
            try await Program.start()
        } catch let error as SettingsError {
            throw ValidationError(error.description)
        }
    }
}

private enum Program: ServiceProgram {
    static var scope: Scope { OrdersSystem.scope }

    static func services(on platform: Platform) async throws -> [any Service] {
        try await OrdersSystem.services(on: platform)
    }

    static func welcome(to ports: [String: Int]) -> String {
        let order = "http://localhost:\(ports["order"] ?? 0)"
        return """
            Orders is running. Place one:

              curl -X POST \(order)/orders -H 'Content-Type: application/json' \\
                -d '{"customerId":"c-1","items":[{"productId":"p-1","quantity":2,"unitPrice":"9.99"}]}'

            and see what became of it, with the ids of the answer:

              curl \(order)/orders/ORDER_ID
              curl \(order)/sagas/SAGA_ID
              curl 'http://localhost:\(ports["payment"] ?? 0)/payments?orderId=ORDER_ID'
              curl http://localhost:\(ports["inventory"] ?? 0)/inventory/products/p-1
              curl \(order)/health/events

            Ctrl-C ends it; what it keeps lies under TIDINGS_DATA.

            """
    }
}
