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

    @Option(help: ArgumentHelp("Measures in this process what it takes to add rules of a form.", visibility: .hidden))
    var adding: Adding?

    func run() throws {
        if let adding { return try adding.measure(count: 100_000, runs: max(runs, 1)) }
        var generator = ParcelGenerator()
        let bench = Bench(parcels: generator.parcels(), runs: max(runs, 1))
        bench.printHeading()
        var isRight = true
        for set in RuleSet.all where isWanted(set.name) {
            isRight = try bench.measure(set) && isRight
        }
        for family in RuleFamily.all where isWanted(family.name) {
            for count in family.counts { isRight = try bench.measure(family, count: count) && isRight }
        }
        if isWanted("scan") { isRight = bench.measureScanning() && isRight }
        if isWanted("add") {
            print("")
            for form in Adding.allCases { isRight = try form.measureInProcess(runs: runs) && isRight }
        }
        // What is wrong was printed beside its figures.
        guard isRight else { throw ExitCode.failure }
    }

    private func isWanted(_ name: String) -> Bool { only.isEmpty || name.contains(only) }
}
