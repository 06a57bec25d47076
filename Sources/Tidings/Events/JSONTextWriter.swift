/// Puts a JSON object together, member by member.
package struct JSONTextWriter {
    private var bytes: [UInt8] = []

    /// Adds the first member.
    mutating func begin(_ name: String, _ value: String) {
        bytes.append(UInt8(ascii: "{"))
        addMember(name)
        addText(value)
    }

    mutating func add(_ name: String, _ value: String) {
        bytes.append(UInt8(ascii: ","))
        addMember(name)
        addText(value)
    }

    /// Adds a member of the type that a value has.
    mutating func add(_ name: String, _ value: ExtensionValue) {
        if case .text(let text) = value { add(name, text) } else { add(name, raw: EventBytes(value.description)) }
    }

    /// Adds a member whose value is JSON already.
    mutating func add(_ name: String, raw value: EventBytes) {
        bytes.append(UInt8(ascii: ","))
        addMember(name)
        value.withUnsafeBytes { bytes.append(contentsOf: $0) }
    }

    consuming func finish() -> EventBytes {
        bytes.append(UInt8(ascii: "}"))
        return EventBytes(bytes)
    }

    private mutating func addMember(_ name: String) {
        addText(name)
        bytes.append(UInt8(ascii: ":"))
    }

    private mutating func addText(_ text: String) {
        bytes.append(UInt8(ascii: "\""))
        for byte in text.utf8 {
            switch byte {
            case UInt8(ascii: "\""), UInt8(ascii: "\\"): bytes += [UInt8(ascii: "\\"), byte]
            case 0..<0x20: bytes += Array("\\u00".utf8) + [Self.digit(byte >> 4), Self.digit(byte & 15)]
            default: bytes.append(byte)
            }
        }
        bytes.append(UInt8(ascii: "\""))
    }

    /// A text as JSON, in its quotation marks.
    package static func quoted(_ text: String) -> [UInt8] {
        var writer = JSONTextWriter()
        writer.addText(text)
        return writer.bytes
    }

    private static func digit(_ value: UInt8) -> UInt8 {
        value < 10 ? UInt8(ascii: "0") + value : UInt8(ascii: "a") + value - 10
    }
}
