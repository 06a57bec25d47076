import Testing
import TidingsRouting

/// Sets of patterns, and events, made to be slow: their cost must stay that of their length.
struct WorstCaseTests {
    @Test(.timeLimit(.minutes(1))) func `wildcards that all overlap compile and match in good time`() throws {
        var router = PatternRouter<Int>()
        for id in 0..<2_000 {
            let stars = (0..<20).map { id >> ($0 % 11) & 1 == 0 ? "a" : "b" }.joined(separator: "*")
            router.insert(try EventPattern(json: "{\"a\":[{\"wildcard\":\"*\(stars)*\"}]}"), for: id)
        }
        #expect(router.byteCount < 4_000_000)
        let text = String(repeating: "ab", count: 100)
        #expect(try router.matches(event: "{\"a\":\"\(text)\"}").count == 2_000)
    }

    @Test(.timeLimit(.minutes(1))) func `prefixes of each length are looked up in one go`() throws {
        var router = PatternRouter<Int>()
        for length in 1...2_000 {
            let text = String(repeating: "a", count: length)
            router.insert(
                try EventPattern(json: "{\"a\":[{\"prefix\":\"\(text)\"},{\"suffix\":\"\(text)\"}]}"), for: length)
        }
        let event = "{\"a\":\"\(String(repeating: "a", count: 1_500))\"}"
        #expect(try router.matches(event: event) == Array(1...1_500))
    }

    /// Were it compared at each place anew, that would be 20,000,000,000 comparisons, far more than a minute of them.
    @Test(.timeLimit(.minutes(1))) func `a long text that almost holds a wildcard is compared in linear time`() throws {
        var router = PatternRouter<Int>()
        let needle = String(repeating: "a", count: 4_000)
        router.insert(try EventPattern(json: "{\"a\":[{\"wildcard\":\"*\(needle)b*\"}]}"), for: 1)
        let text = String(repeating: "a", count: 5_000_000)
        #expect(try router.matches(event: "{\"a\":\"\(text)\"}") == [])
        #expect(try router.matches(event: "{\"a\":\"b\(text)b\"}") == [1])
    }
}
