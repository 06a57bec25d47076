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
            let explanation = try RuleFiles(pattern: pattern, event: event).explanation()
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
        let reason = explanation.reason.map { ": \($0)" } ?? ""
        print("The event \(explanation.matches ? "satisfies" : "does not satisfy") the pattern\(reason).")
        let count = explanation.explanation.reduce(1) { max($0, $1.alternatives.max() ?? 1) }
        if count > 1 {
            print(
                "Alternative \(explanation.alternative) of \(count) \(explanation.matches ? "holds" : "is the nearest")."
            )
        }
        var field: (path: String, alternatives: [Int])?
        for value in explanation.explanation {
            // Values of one field follow each other.
            let isOther = field.map { $0 == (value.path, value.alternatives) } ?? false
            field = (value.path, value.alternatives)
            let numbers = value.alternatives.count == count ? "" : "  (\(Self.phrase(value.alternatives)))"
            print("\(value.matches ? "yes" : "no ")  \(isOther ? "or " : "")\(value.path)  \(value.expected)\(numbers)")
            print("     \(value.reason ?? "found \(value.found?.description ?? "no value")")")
        }
    }

    /// Such as `alternatives 1, 2`, cut where there are many.
    private static func phrase(_ numbers: [Int]) -> String {
        let first = numbers.prefix(5).map(String.init).joined(separator: ", ")
        let rest = numbers.count > 5 ? " and \(numbers.count - 5) more" : ""
        return "alternative\(numbers.count == 1 ? "" : "s") \(first)\(rest)"
    }
}
