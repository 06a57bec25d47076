import ArgumentParser

/// The program: it measures, and is started again by itself for work that is to be killed.
@main
struct BenchmarkCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "benchmarks", subcommands: [MeasureCommand.self, FillCommand.self, DrainCommand.self],
        defaultSubcommand: MeasureCommand.self)
}
