import Configuration
import Foundation
import Synchronization
import SystemPackage

/// The settings of a program, read once from its environment and an optional file.
///
/// The environment goes before the file that `TIDINGS_CONFIG` names (lines of `NAME=value`). A value that does not parse
/// is an error that says the name, the value and what would be right; an empty value counts as absent.
public struct Settings: Sendable {
    private let reader: ConfigReader
    /// The names that stand in the file.
    private let fileNames: [String]
    private let known = KnownNames()

    /// Uses given values, by their full names, and no file; for tests.
    public init(_ values: [String: String]) {
        self.init(reader: ConfigReader(provider: EnvironmentVariablesProvider(environmentVariables: values)))
    }

    private init(reader: ConfigReader, fileNames: [String] = []) {
        self.reader = reader
        self.fileNames = fileNames
    }

    /// Reads the environment, and the file that it names.
    /// - Parameter values: the environment; that of the process if none is given.
    /// - Throws: ``SettingsError`` if the file cannot be read.
    public static func load(environment values: [String: String]? = nil) async throws -> Settings {
        let environment =
            values.map { EnvironmentVariablesProvider(environmentVariables: $0) } ?? EnvironmentVariablesProvider()
        let settings = Settings(reader: ConfigReader(provider: environment))
        guard let path = settings.optionalText("TIDINGS_CONFIG") else { return settings }
        do {
            let file = try await EnvironmentVariablesProvider(environmentFilePath: FilePath(path))
            let text = try String(contentsOfFile: path, encoding: .utf8)
            let names = text.split(whereSeparator: \.isNewline).compactMap { line -> String? in
                let name = line.prefix { $0 != "=" }.trimmingPrefix { $0.isWhitespace }
                return name.isEmpty || name.hasPrefix("#") || name.count == line.count ? nil : String(name)
            }
            return Settings(reader: ConfigReader(providers: [environment, file]), fileNames: names)
        } catch {
            throw SettingsError("TIDINGS_CONFIG", value: path, expected: "a file of lines NAME=value that can be read")
        }
    }

    /// A text; `nil` if the setting is absent or empty.
    public func optionalText(_ name: String) -> String? {
        known.insert(name)
        let text = reader.string(forKey: ConfigKey(name.lowercased().split(separator: "_").map(String.init)))
        return text?.isEmpty == true ? nil : text
    }

    /// Refuses names in the file that no part of the program has read: misspelt, they would be ignored without a word.
    /// Called when everything has been read.
    /// - Throws: ``SettingsError`` with the name and the nearest one that was read.
    public func refuseUnknownNames() throws(SettingsError) {
        let known = known.all
        // By the bytes: a Kelvin sign equals the letter K.
        for name in fileNames where !known.contains(where: { $0.utf8.elementsEqual(name.utf8) }) {
            let nearest = known.min { ($0.distance(to: name), $0) < ($1.distance(to: name), $1) } ?? ""
            throw SettingsError(name, value: "…", expected: "the name of a setting; the nearest is \(nearest)")
        }
    }

    /// A text; the default if the setting is absent or empty.
    public func text(_ name: String, default value: String) -> String {
        optionalText(name) ?? value
    }

    /// A whole number within a range; the default if the setting is absent or empty.
    /// - Throws: ``SettingsError`` if it is not a number of the range.
    public func integer(_ name: String, in range: ClosedRange<Int>, default value: Int) throws(SettingsError) -> Int {
        try parse(name, default: value, expected: "a whole number from \(range.lowerBound) to \(range.upperBound)") {
            Int($0).flatMap { range.contains($0) ? $0 : nil }
        }
    }

    /// A number within a range, with a decimal point; the default if the setting is absent or empty.
    /// - Throws: ``SettingsError`` if it is not a number of the range.
    public func number(
        _ name: String, in range: ClosedRange<Double>, default value: Double
    ) throws(SettingsError) -> Double {
        try parse(name, default: value, expected: "a number from \(range.lowerBound) to \(range.upperBound)") {
            Double($0).flatMap { range.contains($0) ? $0 : nil }
        }
    }

    /// `true` or `false`, in letters of any case; the default if the setting is absent or empty.
    /// - Throws: ``SettingsError`` for any other text.
    public func flag(_ name: String, default value: Bool) throws(SettingsError) -> Bool {
        try parse(name, default: value, expected: "true or false") { Bool($0.lowercased()) }
    }

    /// One of the cases of an enumeration, by its raw value; the default if the setting is absent or empty.
    /// - Throws: ``SettingsError``, naming the cases.
    public func choice<Choice: RawRepresentable<String> & CaseIterable>(
        _ name: String, default value: Choice
    ) throws(SettingsError) -> Choice {
        let all = Choice.allCases.map(\.rawValue).joined(separator: ", ")
        return try parse(name, default: value, expected: "one of \(all)", Choice.init(rawValue:))
    }

    private func parse<Value>(
        _ name: String, default value: Value, expected: String, _ parse: (String) -> Value?
    ) throws(SettingsError) -> Value {
        guard let text = optionalText(name) else { return value }
        guard let parsed = parse(text) else { throw SettingsError(name, value: text, expected: expected) }
        return parsed
    }
}

/// A setting that does not parse: its name, its value, and what would be right.
public struct SettingsError: Error, CustomStringConvertible {
    /// The name of the setting.
    public let name: String
    /// What it was set to; shown in ``description``, so no secret may be put here.
    public let value: String
    /// What would be right, as it follows "must be".
    public let expected: String

    /// Makes an error, whose message shows all three.
    public init(_ name: String, value: String, expected: String) {
        self.name = name
        self.value = value
        self.expected = expected
    }

    /// The error as a sentence with name, value and what would be right.
    public var description: String { "\(name) is '\(value)'; it must be \(expected)" }
}

/// The names of the settings that a program reads.
private final class KnownNames: Sendable {
    private let names = Mutex<Set<String>>(["TIDINGS_CONFIG"])

    var all: Set<String> { names.withLock { $0 } }

    func insert(_ name: String) {
        names.withLock { _ = $0.insert(name) }
    }
}

extension String {
    /// How many letters have to be added, removed or changed to make one text of the other (Levenshtein).
    fileprivate func distance(to other: String) -> Int {
        let other = Array(other.utf8)
        var row = Array(0...other.count)
        for (index, byte) in utf8.enumerated() {
            var diagonal = row[0]
            row[0] = index + 1
            for column in other.indices {
                let changed = diagonal + (byte == other[column] ? 0 : 1)
                diagonal = row[column + 1]
                row[column + 1] = Swift.min(changed, row[column] + 1, diagonal + 1)
            }
        }
        return row[other.count]
    }
}
