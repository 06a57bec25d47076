// swift-tools-version: 6.2

import PackageDescription

let settings: [SwiftSetting] =
    [
        .enableUpcomingFeature("ExistentialAny"),
        .enableUpcomingFeature("MemberImportVisibility"),
        .enableUpcomingFeature("InternalImportsByDefault"),
        .enableUpcomingFeature("NonisolatedNonsendingByDefault"),
    ] + (Context.environment["TIDINGS_WARNINGS_AS_ERRORS"] == "1" ? [.treatAllWarnings(as: .error)] : [])

func library(_ name: String, _ dependencies: [Target.Dependency] = []) -> Target {
    .target(name: name, dependencies: dependencies, swiftSettings: settings)
}

func tests(_ name: String, _ dependencies: [Target.Dependency] = []) -> Target {
    .testTarget(
        name: "\(name)Tests", dependencies: [.init(stringLiteral: name)] + dependencies, swiftSettings: settings)
}

extension Target.Dependency {
    static let log = product(name: "Logging", package: "swift-log")
    static let metrics = product(name: "Metrics", package: "swift-metrics")
    static let coreMetrics = product(name: "CoreMetrics", package: "swift-metrics")
    static let tracing = product(name: "Tracing", package: "swift-distributed-tracing")
    static let lifecycle = product(name: "ServiceLifecycle", package: "swift-service-lifecycle")
    static let lifecycleTesting = product(name: "ServiceLifecycleTestKit", package: "swift-service-lifecycle")
    static let unixSignals = product(name: "UnixSignals", package: "swift-service-lifecycle")
    static let configuration = product(name: "Configuration", package: "swift-configuration")
    static let deque = product(name: "DequeModule", package: "swift-collections")
    static let httpClient = product(name: "AsyncHTTPClient", package: "async-http-client")
    static let hummingbird = product(name: "Hummingbird", package: "hummingbird")
    static let hummingbirdTesting = product(name: "HummingbirdTesting", package: "hummingbird")
    static let nio = product(name: "NIOCore", package: "swift-nio")
    static let nioHTTP1 = product(name: "NIOHTTP1", package: "swift-nio")
    static let nioPosix = product(name: "NIOPosix", package: "swift-nio")
    static let nioHTTPTypes = product(name: "NIOHTTPTypes", package: "swift-nio-extras")
    static let httpTypes = product(name: "HTTPTypes", package: "swift-http-types")
    static let arguments = product(name: "ArgumentParser", package: "swift-argument-parser")
    static let grdb = product(name: "GRDB", package: "GRDB.swift")
    static let sqlite = product(name: "GRDBSQLite", package: "GRDB.swift")
}

let package = Package(
    name: "tidings",
    platforms: [.macOS(.v15)],
    products: [
        .library(name: "Tidings", targets: ["Tidings"]),
        .library(name: "TidingsRouting", targets: ["TidingsRouting"]),
        .library(name: "TidingsLog", targets: ["TidingsLog"]),
        .library(name: "TidingsBroker", targets: ["TidingsBroker"]),
        .library(name: "TidingsSQLite", targets: ["TidingsSQLite"]),
        .library(name: "TidingsService", targets: ["TidingsService"]),
        .library(name: "TidingsPrometheus", targets: ["TidingsPrometheus"]),
        .library(name: "TidingsTesting", targets: ["TidingsTesting"]),
        .executable(name: "tidings", targets: ["TidingsCommand"]),
        .executable(name: "orders", targets: ["orders"]),
    ],
    dependencies: [
        .package(url: "https://github.com/apple/swift-argument-parser", from: "1.8.0"),
        .package(url: "https://github.com/apple/swift-collections", from: "1.6.0"),
        .package(url: "https://github.com/apple/swift-configuration", from: "1.4.0", traits: []),
        .package(url: "https://github.com/apple/swift-distributed-tracing", from: "1.7.0"),
        .package(url: "https://github.com/apple/swift-http-types", from: "1.8.0"),
        .package(url: "https://github.com/apple/swift-log", from: "1.16.0"),
        .package(url: "https://github.com/apple/swift-metrics", from: "2.13.0"),
        .package(url: "https://github.com/apple/swift-nio", from: "2.101.0"),
        .package(url: "https://github.com/apple/swift-nio-extras.git", from: "1.35.0"),
        .package(url: "https://github.com/groue/GRDB.swift", from: "7.10.0"),
        .package(
            url: "https://github.com/hummingbird-project/hummingbird", from: "2.28.0", traits: ["ConfigurationSupport"]),
        .package(url: "https://github.com/swift-server/async-http-client", from: "1.37.0"),
        .package(url: "https://github.com/swift-server/swift-service-lifecycle", from: "2.13.0"),
    ],
    targets: [
        // What stands alone
        library("TidingsRouting"),
        library("TidingsLog"),
        library("TidingsPrometheus", [.coreMetrics]),

        // What a service imports
        library("Tidings", ["TidingsRouting", .log, .metrics, .tracing, .lifecycle, .deque]),

        // The embedded engine, databases, tests, and what makes an executable of a service
        library("TidingsBroker", ["Tidings", "TidingsLog", "TidingsRouting", .log, .deque]),
        library("TidingsSQLite", ["Tidings", .grdb, .sqlite, .log]),
        library("TidingsTesting", ["Tidings", "TidingsLog", "TidingsRouting", .log]),
        library(
            "TidingsService",
            [
                "Tidings", "TidingsBroker", "TidingsLog", "TidingsRouting", "TidingsSQLite", "TidingsPrometheus",
                .hummingbird, .httpTypes, .nio, .nioHTTP1, .nioHTTPTypes,
                .configuration, .lifecycle, .unixSignals, .log, .coreMetrics,
            ]),

        // The command
        .executableTarget(
            name: "TidingsCommand", dependencies: ["Tidings", "TidingsRouting", .arguments], swiftSettings: settings),

        // The reference systems
        .target(
            name: "OrderServices",
            dependencies: ["Tidings", "TidingsService", .hummingbird, .httpTypes, .httpClient, .nio, .nioHTTP1],
            path: "Systems/Orders/Services", swiftSettings: settings),
        .executableTarget(
            name: "orders",
            dependencies: ["OrderServices", "TidingsService", .arguments],
            path: "Systems/Orders/Command", swiftSettings: settings),

        // The programs that the documentation prints, built as their readers build them
        .executableTarget(
            name: "example-service", dependencies: ["Tidings", "TidingsBroker", "TidingsSQLite", .log],
            path: "Examples/Service"),
        .executableTarget(
            name: "example-bookings",
            dependencies: ["Tidings", "TidingsBroker", "TidingsSQLite", .log, .lifecycle, .unixSignals],
            path: "Examples/Bookings"),
        .target(
            name: "LibraryServices", dependencies: ["Tidings", "TidingsService", .hummingbird],
            path: "Examples/Library/Services"),
        .executableTarget(
            name: "example-library", dependencies: ["LibraryServices", "Tidings", "TidingsService", .lifecycle],
            path: "Examples/Library/Command"),
        .executableTarget(
            name: "example-shop", dependencies: ["Tidings", "TidingsService", .hummingbird], path: "Examples/Shop"),

        .executableTarget(
            name: "benchmarks",
            dependencies: [
                "Tidings", "TidingsBroker", "TidingsRouting", "TidingsSQLite", "TidingsService", "TidingsPrometheus",
                "OrderServices", .httpClient, .nio, .nioHTTP1, .log, .arguments,
            ],
            path: "Benchmarks/Platform", swiftSettings: settings),
        .executableTarget(
            name: "engine-torture",
            dependencies: ["Tidings", "TidingsBroker", "TidingsRouting", "TidingsTesting", .log, .arguments],
            path: "Benchmarks/Torture", swiftSettings: settings),
        .executableTarget(
            name: "runtime-torture",
            dependencies: ["Tidings", "TidingsBroker", "TidingsSQLite", "TidingsService", .hummingbird, .lifecycle],
            path: "Benchmarks/RuntimeTorture", swiftSettings: settings),
        .executableTarget(
            name: "routing-benchmarks", dependencies: ["TidingsRouting", "TidingsTesting", .arguments],
            path: "Benchmarks/Routing", swiftSettings: settings),

        .testTarget(
            name: "TidingsRoutingTests", dependencies: ["TidingsRouting", "TidingsTesting"],
            exclude: ["Cases/decided-differences.json"], swiftSettings: settings),
        tests("TidingsCommand"),
        tests("TidingsLog", ["TidingsTesting"]),
        tests("TidingsPrometheus", [.coreMetrics]),
        .testTarget(
            name: "TidingsTests",
            dependencies: [
                "Tidings", "TidingsSQLite", "TidingsTesting", "TidingsRouting", .coreMetrics, .log, .lifecycle, .grdb,
                .sqlite,
            ],
            exclude: ["Events/events-from-elsewhere.jsonl"], swiftSettings: settings),
        tests("TidingsBroker", ["Tidings", "TidingsLog", "TidingsTesting", "TidingsRouting", .log]),
        tests("TidingsSQLite", ["Tidings", "TidingsTesting", .grdb, .log]),
        tests(
            "TidingsService",
            [
                "Tidings", "TidingsBroker", "TidingsPrometheus", "TidingsRouting", "TidingsSQLite", "TidingsTesting",
                .coreMetrics, .hummingbird, .hummingbirdTesting, .httpTypes, .lifecycle, .lifecycleTesting, .nio,
                .nioPosix, .log,
            ]),
        .testTarget(
            name: "LibraryTests",
            dependencies: [
                "LibraryServices", "Tidings", "TidingsService", "TidingsSQLite", "TidingsTesting", "TidingsPrometheus",
                .hummingbird, .hummingbirdTesting,
            ],
            path: "Examples/Library/Tests"),
        .testTarget(
            name: "GuideTests",
            dependencies: [
                "Tidings", "TidingsBroker", "TidingsSQLite", "TidingsRouting", "TidingsTesting", "example-bookings",
                .log,
                .lifecycle,
            ],
            swiftSettings: settings),
        .testTarget(
            name: "OrderServicesTests",
            dependencies: [
                "OrderServices", "Tidings", "TidingsTesting", "TidingsService", "TidingsSQLite", "TidingsPrometheus",
                .hummingbird, .hummingbirdTesting, .httpTypes, .httpClient, .nio, .nioHTTP1, .lifecycleTesting,
                .coreMetrics,
            ],
            path: "Systems/Orders/Tests", swiftSettings: settings),
    ]
)
