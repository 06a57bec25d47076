import Foundation
import Testing
import TidingsRouting

/// What Foundation's parser takes for JSON, over texts made by chance.
struct FoundationAgreementTests {
    @Test(.timeLimit(.minutes(2)), arguments: 1...40 as ClosedRange<UInt64>)
    func `the scanner accepts what Foundation accepts`(seed: UInt64) throws {
        var random = SeededGenerator(seed: seed)
        var compared = 0
        for _ in 0..<500 {
            let event = RandomEvent.json(using: &random).replacingOccurrences(of: "400", with: "40")
            var text = Array(event.utf8)
            // Most are spoiled at one place, by bytes that mean something.
            if Int.random(in: 0..<4, using: &random) != 0 {
                let byte = Array("{}[]\",:\\u0e-+.1 tn\u{1}".utf8).randomElement(using: &random) ?? 0
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

    /// Foundation takes a comma before a closing bracket, and refuses numbers that no double holds, at which RFC 8259 has
    /// it the other way round.
    private func isKnownDifference(_ text: [UInt8]) -> Bool {
        let text = String(decoding: text, as: UTF8.self)
        return text.contains(/,\s*[}\]]/) || text.contains(/[eE][+-]?[0-9]{3,}/)
    }

    private func accepts(_ text: [UInt8]) -> Bool {
        (try? JSONSerialization.jsonObject(with: Data(text), options: .fragmentsAllowed)) != nil
    }
}
