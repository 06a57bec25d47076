import Testing
import Tidings
import TidingsSQLite
import TidingsTesting

@Suite(.timeLimit(.minutes(1))) struct ScopeTests {
    /// A database of a system's own.
    private func database(_ bench: Bench, _ scope: Scope, source: String? = nil) async throws -> ServiceDatabase {
        try await ServiceDatabase(
            try await SQLiteEngine.open(bench.path + "-\(scope)"), service: "stock", scope: scope, source: source,
            environment: bench.environment)
    }

    @Test func `two systems on one bus have groups of their own and hear no event of the other`() async throws {
        try await Bench.with { bench in
            let heard = Notes()
            let databases = try await [database(bench, "shop"), database(bench, "bank")]
            let subscribers = databases.map { database in
                Subscriber("stock", bus: bench.bus, database: database, logger: bench.logger) {
                    On(Placed.self) { placed, transaction in
                        heard.add("\(database.scope?.name ?? "") heard \(placed.order)")
                    }
                }
            }
            #expect(subscribers.map(\.name) == ["shop.stock", "bank.stock"])
            try await bench.running(subscribers[0], subscribers[1]) {
                try await bench.bus.publish(
                    try ["/shop/web", "/bank/web", "/shopping/web", "/test"].map {
                        try Envelope(
                            Placed(order: $0), id: bench.environment.makeID(), source: $0, time: bench.clock.now())
                    })
                await bench.bus.waitUntilIdle()
            }
            #expect(heard.all.sorted() == ["bank heard /bank/web", "shop heard /shop/web"])
        }
    }

    @Test func `a handler hears another system, or every system, if it says so`() async throws {
        try await Bench.with { bench in
            let heard = Notes()
            let database = try await database(bench, "shop")
            let subscriber = Subscriber("stock", bus: bench.bus, database: database, logger: bench.logger) {
                On(Placed.self, from: .prefix("/bank/")) { placed, _ in heard.add("placed \(placed.order)") }
                On(Counted.self, from: .anywhere) { counted, _ in heard.add("counted \(counted.order)") }
            }
            try await bench.running(subscriber) {
                for source in ["/shop/web", "/bank/web"] {
                    try await bench.bus.publish([
                        try Envelope(
                            Placed(order: source), id: bench.environment.makeID(), source: source,
                            time: bench.clock.now()),
                        try Envelope(
                            Counted(order: source, number: 1), id: bench.environment.makeID(), source: source,
                            time: bench.clock.now()),
                    ])
                }
                await bench.bus.waitUntilIdle()
            }
            #expect(heard.all.sorted() == ["counted /bank/web", "counted /shop/web", "placed /bank/web"])
        }
    }

    @Test func `what a service of a scope publishes comes from the scope`() async throws {
        try await Bench.with { bench in
            let database = try await database(bench, "shop")
            #expect(database.source == "/shop/stock")
            let other = try await self.database(
                bench, Scope("road", sources: .prefix("roadcall.")), source: "roadcall.x")
            #expect(other.source == "roadcall.x")
            let error = await #expect(throws: TidingsError.self) {
                try await self.database(bench, "bank", source: "/shop/stock")
            }
            #expect(error?.code == .misconfigured)
            #expect(error?.message.contains("which the handlers of its scope bank do not hear") == true)
        }
    }

    @Test(arguments: ["", "Shop", "my shop", "1st", "a/b", "a.b", String(repeating: "a", count: 64)])
    func `a scope without a proper name is refused`(_ name: String) async throws {
        let error = #expect(throws: TidingsError.self) { try Scope(name).validate() }
        #expect(error?.code == .misconfigured)
    }

    @Test func `names are made from the scope`() throws {
        let scope: Scope = "city-sync"
        try scope.validate()
        #expect(scope.group("rider") == "city-sync.rider")
        #expect(scope.source("rider") == "/city-sync/rider")
        #expect(scope.schema("client-store") == "city_sync_client_store")
        #expect(scope.folder(in: "/data") == "/data/city-sync")
    }
}
