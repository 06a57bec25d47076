import Foundation
import Testing
import TidingsRouting
import TidingsTesting

/// What Foundation's parser takes for JSON, over texts made by chance.
struct FoundationAgreementTests {
    @Test(.timeLimit(.minutes(2)), arguments: 1...40 as ClosedRange<UInt64>)
    func `the scanner accepts what Foundation accepts`(seed: UInt64) throws {
        var random = SplitMix64(seed: seed)
        var compared = 0
        for _ in 0..<500 {
            var text = Array(RandomEvent.json(using: &random).utf8)
            // Most are spoiled at one place, by bytes that mean something or that no text begins with.
            if Int.random(in: 0..<4, using: &random) != 0 {
                let meaningful = Array("{}[]\",:\\u0e-+.1 tn\u{1}".utf8)
                let byte = (meaningful + [0x80, 0xBF, 0xC3, 0xE2, 0xED, 0xF0, 0xFF]).randomElement(using: &random) ?? 0
                let place = Int.random(in: text.indices, using: &random)
                switch Int.random(in: 0..<3, using: &random) {
                case 0: text[place] = byte
                case 1: text.insert(byte, at: place)
                default: text.remove(at: place)
                }
            }
            guard !isKnownDifference(text) else { continue }
            compared += 1
            let isValid = (try? JSON.validate(text)) != nil
            let expected = accepts(text)
            try #require(isValid == expected, "seed \(seed), \(String(decoding: text, as: UTF8.self))")
        }
        #expect(compared > 400, "seed \(seed)")
    }

    /// Foundation takes a comma before a closing bracket, and refuses a number whose nearest double is infinite; RFC 8259 has
    /// it the other way round. It also takes a byte order mark, with which no text here begins.
    private func isKnownDifference(_ text: [UInt8]) -> Bool {
        let text = String(decoding: text, as: UTF8.self)
        return text.contains(/,\s*[}\]]/)
            || text.matches(of: /[0-9.]+[eE][+-]?[0-9]+/).contains { Double($0.output)?.isInfinite ?? false }
    }

    private func accepts(_ text: [UInt8]) -> Bool {
        (try? JSONSerialization.jsonObject(with: Data(text), options: .fragmentsAllowed)) != nil
    }
}
