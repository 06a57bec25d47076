import ServiceLifecycle
import Tidings
import TidingsBroker
import TidingsService

/// A small system of services for the torture test: a desk takes numbered items under keys, a ledger enters them, a post
/// sends them by calling the outside, and a warehouse moves them as the sagas of the desk ask. Items bring trouble with
/// them, and `scripts/runtime-torture` adds that of the machine; it starts and kills the process, and judges.
@main
struct RuntimeTorture: ServiceProgram {
    static let scope: Scope = "torture"

    static func services(on platform: Platform) async throws -> [any Service] {
        let torture = try Torture(by: platform.settings)
        let warehouse = try await torture.site("warehouse", on: platform, migrations: Warehouse.migrations)
        let desk = try await torture.site("desk", on: platform, migrations: Desk.migrations)
        var services: [any Service] = [
            try warehouse.hosted([Warehouse.subscriber(at: warehouse)]),
            try desk.hosted([Desk.subscriber(at: desk)]) { Desk.addRoutes(to: $0, at: desk) },
        ]
        services += try await torture.fleet("ledger", on: platform, Ledger.migrations, Ledger())
        services += try await torture.fleet("post", on: platform, Post.migrations, Post())
        torture.world.note("R \(torture.run) \(torture.fleet.rawValue)")
        return services
    }

    static func embeddedOptions(by settings: Settings) throws -> EmbeddedOptions {
        var options = EmbeddedOptions()
        let bytes = try settings.integer("TORTURE_LOG_BYTES", in: 1 << 16...1 << 30, default: 1 << 20)
        options.segmentBytes = bytes
        options.checkpointBytes = bytes
        options.cacheBytes = 4 << 20
        options.retentionBytes = 32 * bytes
        if let retention = try Torture.retention(by: settings) { options.retention = retention }
        return options
    }
}
