import TidingsRouting

/// A pattern and an event from two files, compared.
struct RuleFiles {
    /// What the matcher says.
    let matches: Bool
    private let pattern: EventPattern
    private let event: [UInt8]

    /// - Throws: ``CommandFailure`` that names the file, the line and the column.
    init(pattern patternFile: InputFile, event eventFile: InputFile) throws {
        pattern = try Self.pattern(in: patternFile)
        let event = try eventFile.bytes()
        self.event = event
        var router = PatternRouter<Bool>()
        router.insert(pattern, for: true)
        do throws(JSONError) {
            let ids = try router.matches(event.span.bytes)
            matches = !ids.isEmpty
        } catch {
            throw Self.failure(error, in: event, of: eventFile)
        }
    }

    /// What there is to say of each value of the pattern.
    func explanation() throws -> PatternExplanation { try pattern.explain(event: event) }

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
