import TidingsRouting

/// A pattern and an event from two files, compared.
struct RuleFiles {
    /// What the matcher says.
    let matches: Bool
    private let pattern: EventPattern
    private let event: TestedEvent

    /// - Throws: ``CommandFailure`` that names the file, and the line and the column of what is not JSON or not a pattern.
    init(pattern patternFile: InputFile, event eventFile: InputFile) throws {
        pattern = try Self.pattern(in: patternFile)
        let text = try eventFile.bytes()
        do throws(JSONError) {
            event = try TestedEvent(text)
            matches = try event.satisfies(pattern)
        } catch {
            throw Self.failure(error, in: text, of: eventFile)
        }
        if let refusal = event.refusal {
            throw CommandFailure("\(eventFile.name): \(refusal)")
        }
    }

    /// What there is to say of each value of the pattern.
    func explanation() throws -> PatternExplanation { try event.explanation(of: pattern) }

    private static func pattern(in file: InputFile) throws -> EventPattern {
        let text = try file.bytes()
        do throws(EventPatternError) {
            return try EventPattern(json: text)
        } catch {
            let place = error.position.map { file.place(line: $0.line, column: $0.column) } ?? file.name
            let path = error.path.isEmpty ? "" : " `\(error.path)`:"
            throw CommandFailure("\(place):\(path) \(error.message)")
        }
    }

    private static func failure(_ error: JSONError, in text: [UInt8], of file: InputFile) -> CommandFailure {
        let position = EventPatternError.Position(offset: error.offset, in: text)
        return CommandFailure("\(file.place(line: position.line, column: position.column)): \(error.message)")
    }
}
