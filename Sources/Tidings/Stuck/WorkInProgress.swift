import Synchronization

/// What this process has begun on a database and not ended: batches, effects, transactions, turns of loops.
package final class WorkInProgress: Sendable {
    /// What is said of a piece of work that does not end.
    package struct Description: Sendable {
        package let name: String
        package let heldBy: String
        package let holdsUp: String

        package init(_ name: String, heldBy: String, holdsUp: String) {
            self.name = name
            self.heldBy = heldBy
            self.holdsUp = holdsUp
        }
    }

    private struct Piece: Sendable {
        let kind: StuckWork.Kind
        /// When it began, by ``TimeSource/uptime()``.
        let begun: Duration
        let limit: Duration
        /// The piece that it is a part of, and ends with.
        let whole: Int?
        let cancel: @Sendable () -> Void
        let description: @Sendable () -> Description?
    }

    private let time: any TimeSource
    private let pieces = Mutex<(last: Int, all: [Int: Piece])>((0, [:]))

    init(on time: any TimeSource) {
        self.time = time
    }

    /// Notes that a piece of work has begun.
    /// - Parameters:
    ///   - limit: how long it may take.
    ///   - whole: the piece of work that it is a part of: to cancel that one cancels this one too.
    ///   - cancel: ends it, when a person asks for that.
    ///   - description: what is said of it if it takes longer; `nil` if it may go on.
    /// - Returns: what ``end(_:)`` and ``cancel(_:)`` know it by.
    func begin(
        _ kind: StuckWork.Kind, limit: Duration, in whole: Int? = nil, cancel: @escaping @Sendable () -> Void,
        _ description: @escaping @Sendable () -> Description?
    ) -> Int {
        let piece = Piece(
            kind: kind, begun: time.uptime(), limit: limit, whole: whole, cancel: cancel, description: description)
        return pieces.withLock { pieces in
            pieces.last += 1
            pieces.all[pieces.last] = piece
            return pieces.last
        }
    }

    func end(_ id: Int) {
        pieces.withLock { _ = $0.all.removeValue(forKey: id) }
    }

    /// Asks a piece of work to end, with its parts.
    /// - Returns: whether there is such a piece.
    func cancel(_ id: Int) -> Bool {
        let found = pieces.withLock { pieces in
            pieces.all.filter { $0.key == id || $0.value.whole == id }.sorted { $0.key < $1.key }.map(\.value)
        }
        for piece in found { piece.cancel() }
        return !found.isEmpty
    }

    /// What has taken longer than it may, the oldest first.
    func overdue(at now: Timestamp) -> [StuckWork] {
        let uptime = time.uptime()
        let overdue = pieces.withLock { $0.all.filter { uptime - $0.value.begun >= $0.value.limit } }
        var counts: [StuckWork.Kind: Int] = [:]
        return overdue.sorted { $0.value.begun < $1.value.begun }.compactMap { id, piece in
            guard counts[piece.kind, default: 0] < StuckLimits.count, let description = piece.description() else {
                return nil
            }
            counts[piece.kind, default: 0] += 1
            return StuckWork(
                kind: piece.kind, name: "\(description.name) (\(id))", since: (uptime - piece.begun).before(now),
                heldBy: description.heldBy, holdsUp: description.holdsUp,
                remedy: StuckWork.Remedy("/manage/work/cancel", #"{"id":\#(id)}"#))
        }
    }

    /// Does a piece of work as a task of its own, which a person may cancel.
    /// - Throws: what the body throws; ``TidingsError`` with code `timedOut` if a person has cancelled it.
    func run<Result: Sendable>(
        _ kind: StuckWork.Kind, limit: Duration, in whole: Int? = nil,
        _ description: @escaping @Sendable () -> Description?,
        _ body: @escaping @Sendable () async throws -> Result
    ) async throws -> Result {
        let task = Task { try await body() }
        let flag = CancellationFlag()
        let id = begin(
            kind, limit: limit, in: whole,
            cancel: {
                flag.set()
                task.cancel()
            }, description)
        defer { end(id) }
        do {
            return try await withTaskCancellationHandler {
                try await task.value
            } onCancel: {
                task.cancel()
            }
        } catch is CancellationError where flag.isSet {
            throw TidingsError.cancelledByPerson(description()?.name ?? "what was begun")
        }
    }
}

extension WorkInProgress.Description {
    /// What is said of a batch.
    static func batch(of count: Int, _ what: String, by consumer: String, _ first: Envelope) -> Self {
        Self(
            "\(count) \(count == 1 ? "event" : "events") \(what) by \(consumer)",
            heldBy: "what the batch waits for: its effects, its handlers, the database or the bus",
            holdsUp: "\(first.type) \(first.id)\(count == 1 ? "" : " and \(count - 1) more"), with their keys")
    }
}
