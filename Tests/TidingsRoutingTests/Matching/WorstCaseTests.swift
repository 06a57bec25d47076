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
        #expect(router.byteCount < 2_000_000)
        let text = String(repeating: "ab", count: 100)
        #expect(try router.matches(event: "{\"a\":\"\(text)\"}").count == 2_000)
    }

    @Test(.timeLimit(.minutes(1))) func `a long text that almost holds a wildcard is compared in linear time`() throws {
        var router = PatternRouter<Int>()
        let needle = String(repeating: "a", count: 2_000)
        router.insert(try EventPattern(json: "{\"a\":[{\"wildcard\":\"*\(needle)b*\"}]}"), for: 1)
        let text = String(repeating: "a", count: 500_000)
        #expect(try router.matches(event: "{\"a\":\"\(text)\"}") == [])
        #expect(try router.matches(event: "{\"a\":\"b\(text)b\"}") == [1])
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

    @Test(.timeLimit(.minutes(1))) func `a thousand elements are searched once and not by pairs`() throws {
        var router = PatternRouter<Int>()
        router.insert(try EventPattern(json: "{\"a\":{\"x\":[1],\"y\":[1],\"z\":[{\"exists\":false}]}}"), for: 1)
        let elements = (0..<20_000).map { "{\"\($0.isMultiple(of: 2) ? "x" : "y")\":1,\"z\":0}" }
        #expect(try router.matches(event: "{\"a\":[\(elements.joined(separator: ","))]}") == [])
        #expect(try router.matches(event: "{\"a\":[\(elements.joined(separator: ",")),{\"x\":1,\"y\":1}]}") == [1])
    }

    @Test(.timeLimit(.minutes(1))) func `names that come twice too often are refused and not tried for ever`() throws {
        var router = PatternRouter<Int>()
        let fields = (0..<24).map { "\"f\($0)\":[1]" }.joined(separator: ",")
        router.insert(try EventPattern(json: "{\"a\":{\(fields)}}"), for: 1)
        // Each array gives some field or its neighbour, never both, and the last field is nowhere.
        let arrays = (0..<40).map { number in
            "\"a\":[{\"f\(number % 23)\":1,\"f\((number + 5) % 23)\":1},{\"f\((number + 1) % 23)\":1},{\"f\((number + 7) % 23)\":1}]"
        }
        let event = "{\(arrays.joined(separator: ",")),\"a\":[{\"f23\":1}]}"
        do {
            _ = try router.matches(event: event)
        } catch let error as JSONError {
            #expect(error.code == .ambiguity)
        }
    }
}
