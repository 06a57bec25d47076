public import Tidings
public import TidingsService

/// The orders system: order service with its saga, payment service and inventory service.
public enum OrdersSystem {
    /// The name of the system.
    public static let scope: Scope = "orders"

    /// Makes the services on a platform.
    /// - Parameters:
    ///   - platform: what they stand on.
    ///   - gateway: what takes the money; by default what the settings say: a simulated gateway whose share of approved
    ///     payments is `PAYMENT_SUCCESS_RATE` (0.9).
    /// - Throws: `SettingsError` where a setting does not parse.
    public static func services(
        on platform: Platform, gateway: (any PaymentGateway)? = nil
    ) async throws -> [HostedService] {
        let gateway = try gateway ?? self.gateway(by: platform.settings)
        return [
            try await OrderService.make(on: platform),
            try await PaymentService.make(on: platform, gateway: gateway),
            try await InventoryService.make(on: platform),
        ]
    }

    private static func gateway(by settings: Settings) throws(SettingsError) -> any PaymentGateway {
        let rate = try settings.number("PAYMENT_SUCCESS_RATE", in: 0...1, default: 0.9)
        guard try settings.flag("USE_SIMULATED_PAYMENT", default: true) else {
            throw SettingsError(
                "USE_SIMULATED_PAYMENT", value: "false", expected: "true: Stripe is not supported in this version")
        }
        return SimulatedGateway(successRate: rate)
    }
}
