import Testing

@Suite(.timeLimit(.minutes(1))) struct ObservabilityTests {
    private static let services = [
        (name: "order", path: "/orders/metrics"), (name: "payment", path: "/payments/metrics"),
        (name: "inventory", path: "/inventory/metrics"),
    ]

    @Test(arguments: services)
    func `health is told in the words of the document`(_ service: (name: String, path: String)) async throws {
        try await RunningOrders.with { orders in
            let health = try await orders.get("/health", from: service.name)
            #expect(health.status == 200)
            #expect(health.contentType == "application/json")
            #expect(try await orders.send("HEAD", "/health", to: service.name).status == 200)
            #expect(try health.json.names == ["status", "service", "timestamp"])
            #expect(try health.json["status"] == "ok")
            #expect(try health.json["service"].text == service.name)
            #expect(try health.json["timestamp"].text.hasSuffix("Z"))

            let events = try await orders.get("/health/events", from: service.name)
            #expect(events.status == 200)
            #expect(try events.json.names == ["status", "service", "failedEventsCount", "connected", "timestamp"])
            #expect(try events.json["status"] == "ok")
            #expect(try events.json["service"].text == "\(service.name)-events")
            #expect(try events.json["failedEventsCount"] == 0)
            #expect(try events.json["connected"] == true)
        }
    }

    @Test func `every service shows the series of the document`() async throws {
        try await RunningOrders.with { orders in
            _ = try await orders.finish()
            for service in Self.services {
                let labels = #"service="\#(service.name)""#
                var expected = [
                    "tidings_events_published_total", "tidings_events_processed_total", "tidings_events_failed_total",
                    "tidings_events_retried_total", "tidings_handler_seconds_bucket",
                    "tidings_publish_to_consume_seconds_bucket", "tidings_queue_depth",
                    "tidings_queue_oldest_age_seconds", "tidings_outbox_depth", "tidings_dead_letters",
                    "tidings_bus_connected",
                ]
                if service.name == "payment" { expected.append("tidings_circuit_breaker_state") }
                try await orders.until {
                    let text = try await orders.get(service.path, from: service.name).text
                    return text.contains(#"tidings_bus_connected{\#(labels)} 1"#)
                }
                let answer = try await orders.get(service.path, from: service.name)
                #expect(answer.status == 200)
                #expect(answer.contentType == "text/plain; version=0.0.4; charset=utf-8")
                let lines = answer.text.split(separator: "\n")
                for name in expected {
                    #expect(
                        lines.contains { $0.hasPrefix("\(name){") && $0.contains(labels) },
                        "\(name) of \(service.name) is missing")
                }
                #expect(lines.contains { $0.hasPrefix("tidings_handler_seconds_bucket{") && $0.contains("handler=") })
                // No service shows another's.
                let others = Self.services.filter { $0.name != service.name }.map { #"service="\#($0.name)""# }
                #expect(!lines.contains { line in others.contains { line.contains($0) } })
            }
        }
    }
}
