import ArgumentParser
import Logging
import Tidings
import TidingsBroker

/// Opens a log and acknowledges everything in it in random order.
struct DrainCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(commandName: "drain", shouldDisplay: false)

    @Option var directory: String
    @Flag var onlyOpen = false

    func run() async throws {
        let clock = ContinuousClock()
        let start = clock.now
        let bus = try await EmbeddedEventBus.open(directory, options: .scale, logger: Logger(label: "benchmarks"))
        print("opened \((clock.now - start) / .seconds(1)) \(ResidentMemory.now.current)")
        if !onlyOpen { try await drain(bus) }
        await bus.close()
    }

    /// Keeps 90,000 events out and acknowledges any of them, until none is left.
    private func drain(_ bus: EmbeddedEventBus) async throws {
        let clock = ContinuousClock()
        let consumer = try await bus.subscribe(.benchmark)
        // What the process takes with so many out, before any of them is acknowledged.
        var before: Int?
        let start = clock.now
        var out: [Receipt] = []
        out.reserveCapacity(91_000)
        var waiting = try await consumer.depth().pending
        let all = waiting
        while waiting > 0 || !out.isEmpty {
            while waiting > 0, out.count < 90_000 {
                let deliveries = try await consumer.next(atMost: min(1000, waiting))
                for delivery in deliveries { out.append(delivery.receipt) }
                waiting -= deliveries.count
            }
            if before == nil {
                before = ResidentMemory.now.current
                ResidentMemory.forgetPeak()
            }
            var some: [Settlement] = []
            while some.count < 10_000, !out.isEmpty {
                out.swapAt(Int.random(in: out.indices), out.count - 1)
                some.append(.acknowledge(out.removeLast()))
            }
            try await consumer.settle(some)
        }
        let rate = Double(all) / ((clock.now - start) / .seconds(1))
        print("drained \(Int(rate)) \(before ?? 0) \(ResidentMemory.now.peak)")
    }
}
