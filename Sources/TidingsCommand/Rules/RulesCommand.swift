import ArgumentParser

struct RulesCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "rules",
        abstract: "Tests and explains the patterns of rules.",
        subcommands: [RulesTestCommand.self, RulesExplainCommand.self])
}
