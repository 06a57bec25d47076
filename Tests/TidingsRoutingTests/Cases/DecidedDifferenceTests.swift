import Foundation
import Testing
import TidingsRouting

struct DecidedDifferenceTests {
    @Test func `every decided difference is as it was decided, and has a reason`() throws {
        let decided = try DecidedDifferences.read()
        #expect(!decided.differences.isEmpty)
        #expect(Set(decided.differences.map(\.name)).count == decided.differences.count)
        for difference in decided.differences {
            let answer = try PatternAnswer(pattern: difference.pattern, event: difference.event)
            #expect(answer == .all(difference.answer), "\(difference.name)")
            #expect(!difference.reason.isEmpty, "\(difference.name)")
        }
    }

    /// The table is not a part of the project: lines of name, pattern, event and what Event Ruler answers, as
    /// `tidings rules test --cases` takes them. CI does not set the variable, so that the test shows as skipped there; what
    /// is decided is tested above in any case. To run it:
    ///
    ///     TIDINGS_PATTERN_CASES=/path/to/cases.jsonl swift test --filter DecidedDifferenceTests
    static let table = ProcessInfo.processInfo.environment["TIDINGS_PATTERN_CASES"]

    @Test(.enabled(if: table != nil, "set TIDINGS_PATTERN_CASES to a file of cases"))
    func `a table of cases is answered as expected but for the decided differences`() throws {
        let decided = Set(try DecidedDifferences.read().cases.map(\.name))
        let text = try String(contentsOfFile: try #require(Self.table), encoding: .utf8)
        var count = 0
        for line in text.split(separator: "\n") {
            let expected = try JSONDecoder().decode(ExpectedCase.self, from: Data(line.utf8))
            count += 1
            let answer = try PatternAnswer(pattern: expected.pattern, event: expected.event)
            #expect((answer != .all(expected.answer)) == decided.contains(expected.name), "\(expected.name)")
        }
        #expect(count > 0)
    }

    private struct ExpectedCase: Decodable {
        private enum CodingKeys: CodingKey {
            case name
            case pattern
            case event
            case expected
        }

        let name: String
        let pattern: String
        let event: String
        let answer: String

        init(from decoder: any Decoder) throws {
            let container = try decoder.container(keyedBy: CodingKeys.self)
            name = try container.decode(String.self, forKey: .name)
            pattern = try container.decode(String.self, forKey: .pattern)
            event = try container.decode(String.self, forKey: .event)
            if let boolean = try? container.decode(Bool.self, forKey: .expected) {
                answer = String(boolean)
            } else {
                answer = try container.decode(String.self, forKey: .expected)
            }
        }
    }
}
