public import Tidings

extension SagaTest {
    /// Expects that the last event, or the last time that passed, made the saga publish an event of a type.
    /// - Parameters:
    ///   - type: the event.
    ///   - stage: the stage in which the saga is expected to be as well.
    /// - Returns: the event; the first if there are several.
    /// - Throws: ``Violation``.
    @discardableResult
    public func expect<E: Event>(
        published type: E.Type, stage: S.Stage? = nil, fileID: StaticString = #fileID, line: UInt = #line
    ) throws -> E {
        guard let event = latestPublished.first(where: { $0.type == E.type }) else {
            let found = latestPublished.map(\.type.rawValue).joined(separator: ", ")
            throw Violation(
                "expected \(S.name) to publish \(E.type); it published \(found.isEmpty ? "nothing" : found)",
                place: "\(fileID):\(line)")
        }
        if let stage { try expect(stage: stage, fileID: fileID, line: line) }
        return try event.decode(E.self)
    }

    /// Expects that the last event, or the last time that passed, made the saga publish nothing.
    /// - Throws: ``Violation``.
    public func expectNothingPublished(fileID: StaticString = #fileID, line: UInt = #line) throws {
        guard latestPublished.isEmpty else {
            let found = latestPublished.map(\.type.rawValue).joined(separator: ", ")
            throw Violation("expected \(S.name) to publish nothing; it published \(found)", place: "\(fileID):\(line)")
        }
    }

    /// Expects the saga to be in a stage.
    /// - Throws: ``Violation``.
    public func expect(stage: S.Stage, fileID: StaticString = #fileID, line: UInt = #line) throws {
        guard saga?.stage == stage else {
            let found = saga.map { "in stage \($0.stage)" } ?? "not started"
            throw Violation("expected \(S.name) in stage \(stage); it is \(found)", place: "\(fileID):\(line)")
        }
    }

    /// Expects the saga to have a status.
    /// - Throws: ``Violation``.
    public func expect(status: SagaStatus, fileID: StaticString = #fileID, line: UInt = #line) throws {
        guard self.status == status else {
            let found = self.status?.rawValue ?? "not known"
            throw Violation("expected \(S.name) to be \(status.rawValue); it is \(found)", place: "\(fileID):\(line)")
        }
    }
}
