import Testing
import TidingsRouting
import TidingsTesting

/// Patterns and events made by chance. A failure names its seed.
struct EventPatternPropertyTests {
    @Test(.timeLimit(.minutes(5)), arguments: 1...20 as ClosedRange<UInt64>)
    func `a pattern is equal to itself read from its description, and through coders`(seed: UInt64) throws {
        var random = SplitMix64(seed: seed)
        for _ in 0..<50 {
            let json = RandomPattern.json(using: &random)
            guard let pattern = try? EventPattern(json: json) else { continue }
            let fromText = try EventPattern(json: pattern.description)
            try #require(fromText == pattern, "seed \(seed), pattern \(json)")
            try #require(fromText.hashValue == pattern.hashValue, "seed \(seed), pattern \(json)")
            try #require(pattern.description.utf8.count <= json.utf8.count, "seed \(seed), pattern \(json)")
            let fromCoder = try EventPattern(decoding: pattern.encoded())
            try #require(fromCoder == pattern, "seed \(seed), pattern \(json)")
        }
    }

    @Test(.timeLimit(.minutes(5)), arguments: 1...20 as ClosedRange<UInt64>)
    func `an explanation says what the reference evaluator says`(seed: UInt64) throws {
        var random = SplitMix64(seed: seed)
        let patterns = (0..<40).compactMap { _ in
            let text = RandomPattern.json(using: &random)
            return (try? EventPattern(json: text)).map { ($0, ReferencePattern(json: text.utf8)) }
        }
        for _ in 0..<10 {
            let event = RandomEvent.json(using: &random)
            let reference = ReferenceEvaluator(event: event.utf8)
            for (pattern, read) in patterns {
                let explanation = try pattern.explain(event: event)
                let expected = try #require(reference.matches(read) as Bool?, "seed \(seed), event \(event)")
                try #require(explanation.matches == expected, "seed \(seed), event \(event), pattern \(pattern)")
                try #require(
                    (explanation.reason == nil) == expected, "seed \(seed), event \(event), pattern \(pattern)")
                // In the alternative that holds, some value of each field does.
                let values = explanation.explanation.filter { $0.alternatives.contains(explanation.alternative) }
                let fields = Dictionary(grouping: values) { "\($0.path) \($0.alternatives)" }.values
                try #require(
                    fields.allSatisfy { $0.contains(where: \.matches) } == expected,
                    "seed \(seed), event \(event), pattern \(pattern)")
            }
        }
    }

    @Test(.timeLimit(.minutes(5)), arguments: 1...20 as ClosedRange<UInt64>)
    func `no text, however it was broken, does more than be refused`(seed: UInt64) throws {
        var random = SplitMix64(seed: seed)
        for _ in 0..<200 {
            var bytes = Array(RandomPattern.json(using: &random).utf8)
            for _ in 0..<Int.random(in: 1...3, using: &random) where !bytes.isEmpty {
                let place = Int.random(in: bytes.indices, using: &random)
                switch Int.random(in: 0..<3, using: &random) {
                case 0: bytes.remove(at: place)
                case 1: bytes[place] = UInt8.random(in: 0...255, using: &random)
                default: bytes.insert(#"{}[],:"\*e-0."#.utf8.randomElement(using: &random) ?? 0, at: place)
                }
            }
            guard let error = Self.refusal(of: bytes) else { continue }
            try #require(error.position.map { 0...bytes.count ~= $0.offset } ?? true, "seed \(seed)")
            try #require(!error.message.isEmpty, "seed \(seed)")
        }
    }

    private static func refusal(of bytes: [UInt8]) -> EventPatternError? {
        do throws(EventPatternError) {
            _ = try EventPattern(json: bytes)
            return nil
        } catch {
            return error
        }
    }
}
