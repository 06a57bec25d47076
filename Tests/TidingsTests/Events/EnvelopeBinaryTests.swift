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

    @Test func `an unknown layout is refused`() {
        let error = #expect(throws: TidingsError.self) { try Envelope(binary: [9, 0, 0]) }
        #expect(error?.code == .corrupt)
        #expect(error?.message.contains("layout") == true)
    }
}

extension Envelope {
    fileprivate static func random(using generator: inout SplitMix64) -> Envelope {
        func text() -> String {
            let letters = Array("abc.-/ÄΩ漢🦊\u{0}\"\\ ")
            let count = Int.random(in: 0...12, using: &generator)
            return String((0..<count).map { _ in letters.randomElement(using: &generator) ?? "a" })
        }
        func perhaps() -> String? { Bool.random(using: &generator) ? text() : nil }
        var extensions: [String: String] = [:]
        for _ in 0..<Int.random(in: 0...3, using: &generator) { extensions[text()] = text() }
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
