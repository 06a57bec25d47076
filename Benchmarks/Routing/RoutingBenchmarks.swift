import ArgumentParser
import TidingsRouting

/// Measures how many events a second are matched, on one thread.
@main
struct RoutingBenchmarks: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "routing-benchmarks", abstract: "Measures the event-pattern matcher on parcel events.")

    @Option(help: "How often each measurement is taken; the median is printed.")
    var runs = 5

    @Option(help: "Only measurements whose name holds this text.")
    var only = ""

    func run() throws {
        var generator = ParcelGenerator()
        let bench = Bench(parcels: generator.parcels(), runs: max(runs, 1))
        bench.printHeading()
        for set in RuleSet.all where isWanted(set.name) {
            try bench.measure(set)
        }
        for family in RuleFamily.all where isWanted(family.name) {
            for count in family.counts { try bench.measure(family, count: count) }
        }
        if isWanted("scan") { bench.measureScanning() }
        if isWanted("add") { try Adding.measure(count: 100_000, runs: max(runs, 1)) }
    }

    private func isWanted(_ name: String) -> Bool { only.isEmpty || name.contains(only) }
}
