import Testing
import Tidings
import TidingsTesting

@Suite struct EnvelopeBinaryTests {
    @Test(arguments: [1, 2, 3] as [UInt64])
    func `an envelope comes back from its bytes as it was`(seed: UInt64) throws {
        var generator = SplitMix64(seed: seed)
        for _ in 0..<500 {
            let envelope = Envelope.random(using: &generator)
            let bytes = envelope.binary()
            #expect(bytes.count == envelope.binaryByteCount, "seed \(seed)")
            #expect(try Envelope(binary: bytes[...]) == envelope, "seed \(seed)")
            // Inside a larger record, bytes do not begin at zero.
            let record = [0, 0, 0] + bytes
            #expect(try Envelope(binary: record[3...]) == envelope, "seed \(seed)")
        }
    }

    @Test(arguments: [4, 5] as [UInt64])
    func `an envelope that is cut short is corrupt, never a trap`(seed: UInt64) {
        var generator = SplitMix64(seed: seed)
        for _ in 0..<50 {
            let envelope = Envelope.random(using: &generator)
            let bytes = envelope.binary()
            for length in 0..<bytes.count - envelope.data.count {
                let error = #expect(throws: TidingsError.self, "seed \(seed), cut at \(length)") {
                    try Envelope(binary: bytes[..<length])
                }
                #expect(error?.code == .corrupt, "seed \(seed), cut at \(length)")
            }
        }
    }

    @Test(arguments: [6, 7] as [UInt64])
    func `changed and random bytes are read or refused, never a trap`(seed: UInt64) {
        var generator = SplitMix64(seed: seed)
        for _ in 0..<2000 {
            var bytes = Envelope.random(using: &generator).binary()
            for _ in 0..<Int.random(in: 1...4, using: &generator) {
                let place = bytes.indices.randomElement(using: &generator) ?? 0
                bytes[place] = UInt8.random(in: .min ... .max, using: &generator)
            }
            do {
                _ = try Envelope(binary: bytes[...])
            } catch {
                #expect(error.code == .corrupt, "seed \(seed)")
            }
        }
    }

    @Test(arguments: [8, 9] as [UInt64])
    func `what earlier versions wrote is read, and written in the same bytes`(seed: UInt64) throws {
        var generator = SplitMix64(seed: seed)
        for _ in 0..<200 {
            var event = Envelope.random(using: &generator)
            event.extensions = ["partitionkey": "p", "note": .text(event.source)]
            #expect(event.binary() == event.firstLayout(), "seed \(seed)")
            event.extensions["resources"] = .list("[\"a\", \"b\"]")
            #expect(try Envelope(binary: event.firstLayout()[...]) == event, "seed \(seed)")
            event.extensions = ["resources": "arn:a"]
            #expect(try Envelope(binary: event.firstLayout()[...]) == event, "seed \(seed)")
        }
    }

    @Test func `identity stands at the same place in both layouts`() throws {
        let clock = ManualClock()
        var event = Envelope(id: "7", source: "/a", type: "b", time: clock.now(), data: EventBytes("1"))
        let plain = event.binary()
        event.extensions["priority"] = 7
        let whole = event.binary()
        #expect(plain[0] == 1)
        #expect(whole[0] == 2)
        let ranges = [plain, whole].map { bytes in
            bytes.withUnsafeBytes { Array(bytes[Envelope.identityRange(ofBinary: $0.bytes)]) }
        }
        #expect(ranges[0] == ranges[1])
    }

    @Test func `an unknown type of an extension or form of data is refused`() throws {
        let clock = ManualClock()
        var event = Envelope(id: "7", source: "/a", type: "b", time: clock.now(), data: EventBytes(""))
        event.extensions["a"] = true
        var bytes = event.binary()
        bytes[bytes.count - 1] = 9
        #expect(throws: TidingsError.self) { try Envelope(binary: bytes[...]) }
        bytes = event.binary()
        // The type stands between the name and the text, `true`, behind which are an absent text and the form.
        bytes[bytes.count - 1 - 4 - 8 - 1] = 9
        let error = #expect(throws: TidingsError.self) { try Envelope(binary: bytes[...]) }
        #expect(error?.code == .corrupt)
        #expect(error?.message.contains("type 9") == true)
    }

    @Test func `an unknown layout is refused`() {
        let error = #expect(throws: TidingsError.self) { try Envelope(binary: [9, 0, 0]) }
        #expect(error?.code == .corrupt)
        #expect(error?.message.contains("layout") == true)
    }
}

extension Envelope {
    /// The bytes that versions before the second layout wrote.
    fileprivate func firstLayout() -> [UInt8] {
        var builder = BinaryBuilder()
        builder.write(1 as UInt8)
        builder.write(UInt64(bitPattern: time.microseconds))
        for text in [
            id.rawValue, source, type.rawValue, subject, dataContentType, correlationID, causationID?.rawValue,
            trace?.parent, trace?.state,
        ] { builder.write(text) }
        builder.write(UInt16(extensions.count))
        for (name, value) in extensions.sorted(by: { $0.key < $1.key }) {
            builder.write(name)
            builder.write(value.description)
        }
        return builder.bytes + Array(data)
    }

    fileprivate static func random(using generator: inout SplitMix64) -> Envelope {
        func text() -> String {
            let letters = Array("abc.-/ÄΩ漢🦊\u{0}\"\\ ")
            let count = Int.random(in: 0...12, using: &generator)
            return String((0..<count).map { _ in letters.randomElement(using: &generator) ?? "a" })
        }
        func perhaps() -> String? { Bool.random(using: &generator) ? text() : nil }
        func value() -> ExtensionValue {
            switch Int.random(in: 0..<6, using: &generator) {
            case 0: .number(text())
            case 1: .boolean(Bool.random(using: &generator))
            case 2: .list(text())
            default: .text(text())
            }
        }
        var extensions: [String: ExtensionValue] = [:]
        for _ in 0..<Int.random(in: 0...3, using: &generator) { extensions[text()] = value() }
        let data = (0..<Int.random(in: 0...40, using: &generator)).map { _ in
            UInt8.random(in: .min ... .max, using: &generator)
        }
        return Envelope(
            id: EventID(text()), source: text(), type: EventType(rawValue: text()), subject: perhaps(),
            time: Timestamp(microseconds: Int64.random(in: .min ... .max, using: &generator)),
            dataContentType: perhaps(), correlationID: perhaps(), causationID: perhaps().map { EventID($0) },
            trace: perhaps().map { TraceContext(parent: $0, state: perhaps()) }, extensions: extensions,
            data: EventBytes(data))
    }
}
