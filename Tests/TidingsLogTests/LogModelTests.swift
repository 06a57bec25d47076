import Testing

/// Random steps on a log and on a plain list beside it.
@Suite(.timeLimit(.minutes(3))) struct LogModelTests {
    @Test(arguments: 0..<12 as Range<UInt64>)
    func `a log holds what the list holds, whatever is appended, compacted, removed, copied and cut`(
        seed: UInt64
    ) async throws {
        var model = try LogModel(seed: seed)
        try await model.run(150)
        for step in ["compacted", "left alone", "compactions cut", "power cuts", "copies", "restarts"] {
            #expect(model.tally[step, default: 0] > 0, "\(step) in \(model.tally)")
        }
    }
}
