/// A JSON value, read in the most obvious way; the text is known to be valid.
///
/// It shares nothing with the library, whose answers are compared with what is made of it: names and texts are bytes,
/// numbers are as they were written, and a name that stands twice is there twice.
indirect enum ReferenceValue: Equatable {
    case object([Member])
    case array([ReferenceValue])
    case text([UInt8])
    case number(String)
    case boolean(Bool)
    case null

    struct Member: Equatable {
        let name: [UInt8]
        let value: ReferenceValue
    }

    /// Reads a valid text; what it gives for another one means nothing.
    init(_ text: some Sequence<UInt8>) {
        var reader = Reader(bytes: Array(text))
        self = reader.value()
    }
}

extension ReferenceValue {
    private struct Reader {
        let bytes: [UInt8]
        private var place = 0

        init(bytes: [UInt8]) {
            self.bytes = bytes
        }

        /// The next byte that is no white space; zero at the end.
        private mutating func next() -> UInt8 {
            while place < bytes.count, [0x20, 0x09, 0x0A, 0x0D].contains(bytes[place]) { place += 1 }
            return place < bytes.count ? bytes[place] : 0
        }

        mutating func value() -> ReferenceValue {
            switch next() {
            case UInt8(ascii: "{"): return .object(members())
            case UInt8(ascii: "["): return .array(elements())
            case UInt8(ascii: "\""): return .text(text())
            default: return word()
            }
        }

        private mutating func members() -> [Member] {
            var members: [Member] = []
            repeat {
                place += 1
                guard next() == UInt8(ascii: "\"") else { break }
                let name = text()
                _ = next()
                place += 1
                members.append(Member(name: name, value: value()))
            } while next() == UInt8(ascii: ",")
            _ = next()
            place += 1
            return members
        }

        private mutating func elements() -> [ReferenceValue] {
            var elements: [ReferenceValue] = []
            repeat {
                place += 1
                guard next() != UInt8(ascii: "]"), next() != 0 else { break }
                elements.append(value())
            } while next() == UInt8(ascii: ",")
            place += 1
            return elements
        }

        private mutating func word() -> ReferenceValue {
            let start = place
            while place < bytes.count, !",]} \t\n\r".utf8.contains(bytes[place]) { place += 1 }
            switch String(decoding: bytes[start..<place], as: UTF8.self) {
            case "true": return .boolean(true)
            case "false": return .boolean(false)
            case "null": return .null
            case let number: return .number(number)
            }
        }

        private mutating func text() -> [UInt8] {
            place += 1
            var units: [UInt16] = []
            var result: [UInt8] = []
            while place < bytes.count, bytes[place] != UInt8(ascii: "\"") {
                if bytes[place] == UInt8(ascii: "\\"), place + 5 < bytes.count, bytes[place + 1] == UInt8(ascii: "u") {
                    let digits = String(decoding: bytes[place + 2..<place + 6], as: UTF8.self)
                    units.append(UInt16(digits, radix: 16) ?? 0)
                    place += 6
                    continue
                }
                result += String(decoding: units, as: UTF16.self).utf8
                units = []
                if bytes[place] == UInt8(ascii: "\\"), place + 1 < bytes.count {
                    let escapes: [Character: Character] = ["b": "\u{8}", "f": "\u{C}", "n": "\n", "r": "\r", "t": "\t"]
                    let letter = Character(Unicode.Scalar(bytes[place + 1]))
                    result += String(escapes[letter] ?? letter).utf8
                    place += 2
                } else {
                    result.append(bytes[place])
                    place += 1
                }
            }
            place += 1
            return result + String(decoding: units, as: UTF16.self).utf8
        }
    }
}
