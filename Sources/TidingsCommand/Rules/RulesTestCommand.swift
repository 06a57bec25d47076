import ArgumentParser
import TidingsRouting

struct RulesTestCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "test",
        abstract: "Tells whether an event satisfies a pattern.",
        discussion: """
            Needs no daemon. Exit status: 0 if the event satisfies the pattern, 1 if it does not, 2 if a file cannot be \
            read or is wrong. With --cases: 0 if every case answers as expected, 1 if some do not, 2 as before.

            With --cases each line of the file is an object with "name", "pattern" and "event" (both JSON as text) and \
            perhaps "expected": true, false, or "exception" for a pattern that is refused. For each a line is printed: \
            the name, what the answer is and a message, between tabs.
            """)

    @Argument(help: "The file with the pattern; - for standard input.")
    var pattern: InputFile?

    @Argument(help: "The file with the event; - for standard input.")
    var event: InputFile?

    @Option(help: "A file with a case on each line; - for standard input.")
    var cases: InputFile?

    func validate() throws {
        switch (pattern, event, cases) {
        case (nil, nil, _?), (_?, _?, nil): return
        default: throw ValidationError("Give a pattern and an event, or --cases and a file.")
        }
    }

    func run() async throws {
        do {
            if let cases {
                try run(PatternCase.all(in: cases))
            } else if let pattern, let event {
                try report(RuleFiles(pattern: pattern, event: event))
            }
        } catch let failure as CommandFailure {
            StandardError.write("\(failure)")
            throw ExitCode(2)
        }
    }

    private func report(_ files: RuleFiles) throws {
        guard !files.matches else { return print("The event satisfies the pattern.") }
        let reason = try files.explanation().reason.map { ": \($0)" } ?? ""
        print("The event does not satisfy the pattern\(reason).")
        throw ExitCode(1)
    }

    private func run(_ cases: [PatternCase]) throws {
        var unexpected: [String] = []
        for patternCase in cases {
            let (answer, message) = patternCase.answer
            print("\(patternCase.name)\t\(answer.rawValue)\t\(message)")
            if let expected = patternCase.expected, expected != answer { unexpected.append(patternCase.name) }
        }
        guard !unexpected.isEmpty else { return }
        StandardError.write(
            "\(unexpected.count) of \(cases.count) cases do not answer as expected: \(unexpected.joined(separator: ", "))"
        )
        throw ExitCode(1)
    }
}
