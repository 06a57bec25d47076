import Testing
import TidingsRouting

struct SharedPatternRouterTests {
    @Test func `a change is seen as soon as it is made`() throws {
        let router = SharedPatternRouter<Int>()
        router.update([.insert("a", 1), .insert("a*", 2)])
        #expect(try matches(router, type: "a") == [1, 2])
        router.remove(1)
        #expect(try matches(router, type: "a") == [2])
        #expect(router.count == 1)
    }

    @Test func `two compiled copies are counted, and the patterns once`() throws {
        let shared = SharedPatternRouter<Int>()
        var router = PatternRouter<Int>()
        for number in 0..<1_000 {
            let pattern = try EventPattern(
                json: #"{"data":{"number":["a longer text than fits in a word \#(number)"]}}"#)
            shared.insert(pattern, for: number)
            router.insert(pattern, for: number)
        }
        #expect(router.byteCount > 1_000 * 150)
        #expect(shared.byteCount > router.byteCount)
        #expect(shared.byteCount < 2 * router.byteCount)
        for number in 0..<1_000 { router.remove(number) }
        #expect(router.byteCount < 100_000)
    }

    @Test(.timeLimit(.minutes(1))) func `patterns about content change while others match`() async throws {
        let router = SharedPatternRouter<Int>()
        let patterns = try (0..<3).map {
            try EventPattern(
                json: #"{"data":{"a":{"x":[1],"y":[{"exists":false},\#($0)],"z":[{"numeric":[">",\#($0)]}]}}}"#)
        }
        router.update([.insert(patterns[0], 0), .insert(patterns[0], 1)])
        let event = Array(#"{"data":{"a":[{"x":1,"y":0,"z":0},{"x":1,"y":9,"z":9},{"x":1,"z":9}]}}"#.utf8)
        try await withThrowingTaskGroup(of: Void.self) { group in
            group.addTask {
                for step in 1...1_000 {
                    router.update([.remove(step - 1), .insert(patterns[step % 3], step + 1)])
                }
            }
            for validated in [false, true] {
                group.addTask {
                    for _ in 0..<2_000 {
                        let found = try event.withUnsafeBytes { try router.matches($0.bytes, validated: validated) }
                        try #require(found.count == 2 && found[1] == found[0] + 1, "\(found)")
                    }
                }
            }
            try await group.waitForAll()
        }
    }

    @Test(.timeLimit(.minutes(1))) func `a match sees all the changes of an update or none`() async throws {
        let router = SharedPatternRouter<Int>()
        router.update([.insert("a", 0), .insert("a", 1)])
        try await withThrowingTaskGroup(of: Void.self) { group in
            group.addTask {
                for step in 1...2_000 {
                    router.update([.remove(step - 1), .insert("a", step + 1)])
                }
            }
            for _ in 0..<2 {
                group.addTask {
                    for _ in 0..<5_000 {
                        let found = try matches(router, type: "a")
                        try #require(found.count == 2 && found[1] == found[0] + 1, "\(found)")
                    }
                }
            }
            try await group.waitForAll()
        }
    }
}

private func matches(_ router: SharedPatternRouter<Int>, type: String) throws -> [Int] {
    try [UInt8]().withUnsafeBytes { try router.matches(attributes: [("type", type)], data: $0.bytes) }
}
