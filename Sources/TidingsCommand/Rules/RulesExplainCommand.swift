import ArgumentParser
import Foundation
import TidingsRouting

struct RulesExplainCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "explain",
        abstract: "Tells for each value of a pattern whether an event has it, and if not, why.",
        discussion: """
            Needs no daemon. Exit status: 0 if the event satisfies the pattern, 1 if it does not, 2 if a file cannot be \
            read or is wrong.
            """)

    @Argument(help: "The file with the pattern; - for standard input.")
    var pattern: InputFile

    @Argument(help: "The file with the event; - for standard input.")
    var event: InputFile

    @Flag(help: "Print the answer as JSON, as POST /rules/test gives it.")
    var json = false

    func run() async throws {
        do {
            let explanation = try RuleFiles(pattern: pattern, event: event).explanation
            try json ? printJSON(explanation) : printLines(explanation)
            guard explanation.matches else { throw ExitCode(1) }
        } catch let failure as CommandFailure {
            StandardError.write("\(failure)")
            throw ExitCode(2)
        }
    }

    private func printJSON(_ explanation: PatternExplanation) throws {
        let encoder = JSONEncoder()
        encoder.outputFormatting = [.prettyPrinted, .sortedKeys, .withoutEscapingSlashes]
        print(String(decoding: try encoder.encode(explanation), as: UTF8.self))
    }

    private func printLines(_ explanation: PatternExplanation) {
        print(explanation.matches ? "The event satisfies the pattern." : "The event does not satisfy the pattern.")
        for value in explanation.explanation {
            print("\(value.matches ? "yes" : "no ")  \(value.path)  \(value.expected)")
            print("     \(value.reason ?? "found \(value.found?.description ?? "no value")")")
        }
    }
}
