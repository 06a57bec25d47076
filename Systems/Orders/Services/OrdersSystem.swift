public import Tidings
public import TidingsService

/// The orders system: order service with its saga, payment service and inventory service.
public enum OrdersSystem {
    /// The name of the system.
    public static let scope: Scope = "orders"

    /// Makes the services on a platform.
    /// - Parameters:
    ///   - platform: what they stand on.
    ///   - gateway: what takes the money; by default what the settings say: the gateway at `PAYMENT_GATEWAY_URL`, or a
    ///     simulated one whose share of approved payments is `PAYMENT_SUCCESS_RATE` (0.9).
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
        let isSimulated = try settings.flag("USE_SIMULATED_PAYMENT", default: true)
        let seconds = try settings.number("PAYMENT_GATEWAY_SECONDS", in: 0.1...10, default: 5)
        guard let url = settings.optionalText("PAYMENT_GATEWAY_URL") else {
            guard isSimulated else {
                throw SettingsError(
                    "USE_SIMULATED_PAYMENT", value: "false",
                    expected: "true, or PAYMENT_GATEWAY_URL: Stripe is not supported in this version")
            }
            return SimulatedGateway(successRate: rate)
        }
        guard HTTPGateway.isAddress(url) else {
            // The address may hold a password, so it is not repeated.
            throw SettingsError(
                "PAYMENT_GATEWAY_URL", value: "…", expected: "absent, or an address such as http://localhost:3099")
        }
        return HTTPGateway(url: url, timeout: .seconds(seconds))
    }
}
