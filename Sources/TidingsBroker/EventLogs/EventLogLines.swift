import Tidings

/// Lines that are to be written to an event log at once, in the order of their sequences.
struct EventLogLines {
    struct Line {
        let sequence: UInt64
        /// The day of the event; nil if it is not known.
        let day: Int64?
        /// Where the line ends in the bytes.
        let end: Int
    }

    private static let opening = Array(#"{"sequence":"#.utf8)
    private static let newline = UInt8(ascii: "\n")

    private(set) var bytes: [UInt8] = []
    private(set) var lines: [Line] = []

    /// Adds an event.
    /// - Parameter rules: The names of the rules that chose it, as JSON.
    mutating func add(_ event: Envelope, _ sequence: UInt64, publishedAt time: Timestamp, rules: [UInt8]) {
        begin(sequence)
        bytes += #","published":"\#(time)","rules":"#.utf8
        bytes += rules
        bytes += #","event":"#.utf8
        let start = bytes.count
        event.json.withUnsafeBytes { bytes.append(contentsOf: $0) }
        // Between the tokens of JSON a line break is as good as a space, and nowhere else can one stand.
        for index in start..<bytes.count where bytes[index] == Self.newline || bytes[index] == UInt8(ascii: "\r") {
            bytes[index] = UInt8(ascii: " ")
        }
        end(sequence, EventLogFileName.day(of: time))
    }

    /// Adds an event that cannot be read, and why.
    mutating func add(unreadable sequence: UInt64, because reason: String, rules: [UInt8]) {
        begin(sequence)
        bytes += #","rules":"#.utf8
        bytes += rules
        bytes += #","unreadable":"#.utf8
        bytes += JSONTextWriter.quoted(reason)
        end(sequence, nil)
    }

    private mutating func begin(_ sequence: UInt64) {
        bytes += Self.opening
        bytes += String(sequence).utf8
    }

    private mutating func end(_ sequence: UInt64, _ day: Int64?) {
        bytes += [UInt8(ascii: "}"), Self.newline]
        lines.append(Line(sequence: sequence, day: day, end: bytes.count))
    }

    /// The names of rules as JSON.
    static func json(_ rules: [String]) -> [UInt8] {
        [UInt8(ascii: "[")] + Array(rules.map(JSONTextWriter.quoted).joined(separator: [UInt8(ascii: ",")]))
            + [UInt8(ascii: "]")]
    }

    /// The sequence of a line; nil if it does not begin like one.
    static func sequence(of line: some Collection<UInt8>) -> UInt64? {
        guard line.starts(with: opening) else { return nil }
        let digits = line.dropFirst(opening.count).prefix(21).prefix { (48...57).contains($0) }
        return UInt64(String(decoding: digits, as: UTF8.self))
    }
}
