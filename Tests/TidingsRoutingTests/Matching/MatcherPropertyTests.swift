import Testing
import TidingsRouting
import TidingsTesting

/// The compiled matcher against one naive evaluator for each pattern. A failure names its seed.
struct MatcherPropertyTests {
    /// 160 seeds of 50 patterns and 30 events: 240,000 pairs.
    @Test(.timeLimit(.minutes(5)), arguments: 1...160 as ClosedRange<UInt64>)
    func `many patterns at once answer as each one alone`(seed: UInt64) throws {
        var random = SplitMix64(seed: seed)
        let texts = Self.patterns(50, using: &random)
        let references = texts.map { ReferencePattern(json: $0.utf8) }
        var router = PatternRouter<Int>()
        for (id, text) in texts.enumerated() { router.insert(try EventPattern(json: text), for: id) }
        for _ in 0..<30 {
            let event = RandomEvent.json(using: &random)
            let reference = ReferenceEvaluator(event: event.utf8)
            let expected = try references.indices.filter { index in
                try #require(
                    reference.matches(references[index]) as Bool?, "seed \(seed), event \(event), \(texts[index])")
            }
            for validated in [false, true] {
                let found = try router.matches(event: event, validated: validated)
                let wrong = Set(found).symmetricDifference(expected).first
                try #require(
                    found == expected,
                    "seed \(seed), event \(event), pattern \(wrong.map { texts[$0] } ?? "order")")
            }
        }
    }

    @Test(.timeLimit(.minutes(5)), arguments: 1...30 as ClosedRange<UInt64>)
    func `adding and removing in any order answers as a router built from scratch`(seed: UInt64) throws {
        var random = SplitMix64(seed: seed)
        let patterns = try Self.patterns(60, using: &random).map { try EventPattern(json: $0) }
        var router = PatternRouter<Int>()
        var kept: [(id: Int, patterns: [EventPattern])] = []
        for step in 0..<300 {
            let id = Int.random(in: 0..<30, using: &random)
            if Int.random(in: 0..<3, using: &random) == 0 {
                router.remove(id)
                kept.removeAll { $0.id == id }
            } else {
                let pattern = patterns[Int.random(in: patterns.indices, using: &random)]
                router.insert(pattern, for: id)
                if let index = kept.firstIndex(where: { $0.id == id }) {
                    kept[index].patterns.append(pattern)
                } else {
                    kept.append((id, [pattern]))
                }
            }
            guard step.isMultiple(of: 10) else { continue }
            var fresh = PatternRouter<Int>()
            for (id, patterns) in kept {
                for pattern in patterns.shuffled(using: &random) { fresh.insert(pattern, for: id) }
            }
            try #require(router.count == fresh.count)
            for _ in 0..<5 {
                let event = RandomEvent.json(using: &random)
                let found = try router.matches(event: event)
                let expected = try fresh.matches(event: event)
                try #require(found == expected, "seed \(seed), step \(step), event \(event)")
            }
        }
    }

    private static func patterns(_ count: Int, using random: inout SplitMix64) -> [String] {
        var patterns: [String] = []
        while patterns.count < count {
            // What is refused, such as a range whose bottom is above its top, is made again.
            let text = RandomPattern.json(using: &random)
            if (try? EventPattern(json: text)) != nil { patterns.append(text) }
        }
        return patterns
    }
}
