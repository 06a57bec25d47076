import TidingsRouting

/// A pattern and an event from two files, compared.
struct RuleFiles {
    let explanation: PatternExplanation

    /// - Throws: ``CommandFailure`` that names the file, the line and the column.
    init(pattern: InputFile, event: InputFile) throws {
        explanation = try Self.explanation(of: Self.pattern(in: pattern), for: event)
    }

    private static func pattern(in file: InputFile) throws -> EventPattern {
        let text = try file.bytes()
        do throws(EventPatternError) {
            return try EventPattern(json: text)
        } catch {
            let place = file.place(line: error.position?.line ?? 1, column: error.position?.column ?? 1)
            let path = error.path.isEmpty ? "" : " `\(error.path)`:"
            throw CommandFailure("\(place):\(path) \(error.message)")
        }
    }

    private static func explanation(of pattern: EventPattern, for file: InputFile) throws -> PatternExplanation {
        let text = try file.bytes()
        do throws(JSONError) {
            return try pattern.explain(event: text)
        } catch {
            let position = EventPatternError.Position(offset: error.offset, in: text)
            throw CommandFailure("\(file.place(line: position.line, column: position.column)): \(error.message)")
        }
    }
}
