/// Records what effects returned, each as it comes: those that come while others are being written share the next commit.
///
/// A commit is not synced by itself, for an outcome may be lost without harm until what is made of it is: then the effect
/// runs again with its key, as if the power had failed a moment before.
package actor OutcomeRecorder {
    private let outcomes: EffectOutcomes
    private let database: ServiceDatabase
    /// What the next commit is to hold.
    private var waiting: [(outcome: EventBytes, event: Envelope)] = []
    /// Writes what waits once the one before it has ended; `nil` if nothing waits.
    private var next: Task<Void, any Error>?
    private var last: Task<Void, any Error>?

    package init(_ outcomes: EffectOutcomes, in database: ServiceDatabase) {
        self.outcomes = outcomes
        self.database = database
    }

    /// Records an outcome, and returns when it is committed.
    /// - Throws: what the database throws.
    package func record(_ outcome: EventBytes, of event: Envelope) async throws {
        waiting.append((outcome, event))
        let writing =
            next
            ?? Task { [last] in
                _ = await last?.result
                try await write()
            }
        (next, last) = (writing, writing)
        try await writing.value
    }

    private func write() async throws {
        let recorded = waiting
        (waiting, next) = ([], nil)
        let now = database.environment.now()
        try await database.engine.write(.relaxed) { [outcomes] connection in
            for (outcome, event) in recorded { try outcomes.record(outcome, of: event, at: now, in: connection) }
        }
    }
}
