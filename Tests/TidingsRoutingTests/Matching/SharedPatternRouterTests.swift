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
