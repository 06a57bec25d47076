import Testing
import TidingsRouting
import TidingsTesting

struct PatternRouterPropertyTests {
    @Test(arguments: 1...20 as ClosedRange<UInt64>)
    func `the router agrees with one pattern after another, whatever was added and removed`(seed: UInt64) throws {
        var random = SplitMix64(seed: seed)
        var router = PatternRouter<Int>()
        var model: [(id: Int, patterns: [EventPattern])] = []

        for step in 0..<1_000 {
            let id = Int.random(in: 0..<40, using: &random)
            if Int.random(in: 0..<3, using: &random) == 0 {
                router.remove(id)
                model.removeAll { $0.id == id }
            } else {
                let pattern = try randomPattern(using: &random)
                router.insert(pattern, for: id)
                if let index = model.firstIndex(where: { $0.id == id }) {
                    model[index].patterns.append(pattern)
                } else {
                    model.append((id, [pattern]))
                }
            }
            for _ in 0..<3 {
                let type = randomText(using: &random)
                let expected = model.filter { $0.patterns.contains { $0.matches(type: type) } }.map(\.id)
                try #require(router.matches(type: type) == expected, "seed \(seed), step \(step), type \(type)")
            }
            try #require(router.count == model.count, "seed \(seed), step \(step)")
        }
    }

    @Test(arguments: 1...20 as ClosedRange<UInt64>)
    func `a router answers as one built from scratch with what is left`(seed: UInt64) throws {
        var random = SplitMix64(seed: seed)
        var patterns: [Int: EventPattern] = [:]
        var router = PatternRouter<Int>()
        for id in 0..<200 {
            let pattern = try randomPattern(using: &random)
            patterns[id] = pattern
            router.insert(pattern, for: id)
        }
        let removed = Set((0..<200).shuffled(using: &random).prefix(150))
        for id in removed.shuffled(using: &random) { router.remove(id) }

        var fresh = PatternRouter<Int>()
        for id in 0..<200 where !removed.contains(id) {
            fresh.insert(try #require(patterns[id]), for: id)
        }
        for _ in 0..<500 {
            let type = randomText(using: &random)
            #expect(router.matches(type: type) == fresh.matches(type: type), "seed \(seed), type \(type)")
        }
    }

    /// Few and short texts, so that patterns and types meet often; some characters share their first bytes.
    private func randomText(using random: inout SplitMix64) -> String {
        let alphabet = ["a", "b", ".", "é", "è", "e\u{301}", "€", "🚲"]
        let length = Int.random(in: 0...4, using: &random)
        return (0..<length).map { _ in alphabet[Int.random(in: 0..<alphabet.count, using: &random)] }.joined()
    }

    private func randomPattern(using random: inout SplitMix64) throws -> EventPattern {
        let leaves = (0..<Int.random(in: 1...3, using: &random)).map { _ in
            let text = randomText(using: &random)
            switch Int.random(in: 0..<4, using: &random) {
            case 0: return "{\"prefix\":\"\(text)\"}"
            case 1: return "{\"wildcard\":\"\(text)*\"}"
            default: return "\"\(text)\""
            }
        }
        return try EventPattern(json: "{\"type\":[\(leaves.joined(separator: ","))]}")
    }
}
