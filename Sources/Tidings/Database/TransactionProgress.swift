import Synchronization

/// What others may see of a transaction that runs, and ask of it.
final class TransactionProgress: Sendable {
    private let flag = CancellationFlag()
    private let handled = Mutex<Envelope?>(nil)

    /// The event that is being handled.
    var event: Envelope? {
        get { handled.withLock { $0 } }
        set { handled.withLock { $0 = newValue } }
    }

    /// Notes that the transaction has begun.
    /// - Returns: what its database's ``WorkInProgress`` knows it by.
    func begin(on database: ServiceDatabase) -> Int {
        let (engine, service) = (database.engine, database.service)
        return database.work.begin(
            .transaction, limit: StuckLimits.transaction,
            cancel: {
                self.flag.set()
                engine.interrupt()
            },
            {
                let event = self.event.map { ", while it handles \($0.type) \($0.id)" } ?? ""
                return WorkInProgress.Description(
                    "a transaction of \(service)",
                    heldBy: "its body\(event); it can be cancelled at its next statement",
                    holdsUp: "all that is written to the database of \(service)")
            })
    }

    /// Whether a person has cancelled the transaction.
    var isCancelled: Bool { flag.isSet }

    /// - Throws: ``TidingsError`` with code `timedOut` if a person has cancelled the transaction.
    func check() throws(TidingsError) {
        if flag.isSet { throw .cancelledByPerson("the transaction") }
    }
}
