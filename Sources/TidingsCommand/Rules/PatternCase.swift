import Foundation
import TidingsRouting

/// A pattern, an event and what is expected of them.
struct PatternCase: Decodable {
    enum Answer: String, Equatable {
        case matches = "true"
        case doesNot = "false"
        /// The pattern is refused.
        case exception
    }

    private enum CodingKeys: CodingKey {
        case name
        case pattern
        case event
        case expected
    }

    let name: String
    let pattern: String
    private let event: TestedEvent
    let expected: Answer?

    /// - Throws: `JSONError` if the event is not a JSON object.
    init(from decoder: any Decoder) throws {
        let container = try decoder.container(keyedBy: CodingKeys.self)
        name = try container.decode(String.self, forKey: .name)
        pattern = try container.decode(String.self, forKey: .pattern)
        event = try TestedEvent(Array(container.decode(String.self, forKey: .event).utf8))
        if let boolean = try? container.decodeIfPresent(Bool.self, forKey: .expected) {
            expected = boolean ? .matches : .doesNot
        } else if let text = try container.decodeIfPresent(String.self, forKey: .expected) {
            guard text == Answer.exception.rawValue else {
                throw DecodingError.dataCorruptedError(
                    forKey: .expected, in: container, debugDescription: "no answer that there could be")
            }
            expected = .exception
        } else {
            expected = nil
        }
    }

    /// - Throws: ``CommandFailure`` that names the line that is not a case, or whose event is not an event.
    static func all(in file: InputFile) throws -> [PatternCase] {
        let lines = try file.bytes().split(separator: UInt8(ascii: "\n"), omittingEmptySubsequences: false)
        let decoder = JSONDecoder()
        var cases: [PatternCase] = []
        for (index, line) in lines.enumerated() where line.contains(where: { $0 > 0x20 }) {
            do {
                cases.append(try decoder.decode(PatternCase.self, from: Data(line)))
            } catch let error as JSONError {
                throw CommandFailure(
                    "\(file.name):\(index + 1): the event of the case is not an event, at its \(error)")
            } catch {
                throw CommandFailure(
                    "\(file.name):\(index + 1): a case is an object with \"name\", \"pattern\" and \"event\" "
                        + "as text, and perhaps \"expected\": true, false or \"exception\".")
            }
        }
        return cases
    }

    /// The answer and a message on one line, empty where there is nothing to say.
    var answer: (Answer, message: String) {
        do throws(EventPatternError) {
            let pattern = try EventPattern(json: pattern)
            // The event was read before, with the cases.
            if (try? event.satisfies(pattern)) == true { return (.matches, Self.oneLine(event.refusal ?? "")) }
            let reason = event.refusal ?? (try? event.explanation(of: pattern))?.reason
            return (.doesNot, Self.oneLine(reason ?? ""))
        } catch {
            return (.exception, Self.oneLine(error.description))
        }
    }

    private static func oneLine(_ message: String) -> String {
        String(String.UnicodeScalarView(message.unicodeScalars.map { $0.value < 0x20 ? " " : $0 }))
    }
}
