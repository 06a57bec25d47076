import ArgumentParser
import CoreMetrics
import Foundation
import OrderServices
import TidingsPrometheus
import TidingsService

/// Starts the orders system.
@main
struct Orders: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        abstract: "Orders that are confirmed or cancelled exactly once: order, payment and inventory service.",
        discussion: "Settings come from the environment, and from the file that TIDINGS_CONFIG names.")

    func run() async throws {
        let metrics = PrometheusRegistry()
        MetricsSystem.bootstrap(metrics)
        do {
            let settings = try await Settings.load()
            let platform = try await Platform.open(settings, metrics: metrics)
            let services = try await OrdersSystem.services(on: platform)
            try await platform.run(services) { ports in
                // Written at once, also where standard output is a file or a pipe.
                FileHandle.standardOutput.write(Data(Self.welcome(to: ports).utf8))
            }
        } catch let error as SettingsError {
            throw ValidationError(error.description)
        }
    }

    private static func welcome(to ports: [String: Int]) -> String {
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
