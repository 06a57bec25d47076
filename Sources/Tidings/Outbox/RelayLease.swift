import Synchronization

/// A relay's right to work on the outbox of its database, which one relay has at a time, and what is known of the events
/// with it: every takeover from a relay that had not given it up means that a process died.
final class RelayLease: Sendable {
    /// What asking for the lease has come to.
    enum Answer {
        /// It is still held.
        case kept
        /// It is held now, and was not before.
        case taken(takeovers: Int)
        /// Another relay holds it.
        case refused
    }

    private struct Holding {
        /// Until when it is its own, by ``TimeSource/uptime()``; it is renewed before.
        var end = Duration.zero
        /// Whether it got the lease when it last asked.
        var isHolder = false
        /// The lease of another owner, and since when its beat stands still.
        var other: (row: Lease.Row, since: Duration)?
        var suspicion = RelaySuspicion()
    }

    private let database: ServiceDatabase
    private let lease: Lease
    /// After a crash, the outbox waits so long for the lease of the process that died.
    private let duration = Duration.seconds(3)
    private let holding = Mutex(Holding())

    init(on database: ServiceDatabase) {
        self.database = database
        lease = Lease(name: "outbox", owner: database.environment.makeID().rawValue)
    }

    /// Whether it was held when it was last asked for.
    var isHeld: Bool { holding.withLock(\.isHolder) }

    /// Whether the events are suspect of killing their service.
    var isSuspect: Bool { holding.withLock(\.suspicion.isPresent) }

    /// Whether it is held; to be asked in the transaction that uses the right.
    func isHeld(in connection: any DatabaseConnection) throws -> Bool { try lease.isHeld(in: connection) }

    /// Takes the lease, or renews it when half of its time is over.
    func take() async throws -> Answer {
        let now = database.environment.time.uptime()
        let (isKept, still) = holding.withLock { holding in
            (
                holding.end - now > duration / 2,
                holding.other.flatMap { now - $0.since >= duration ? $0.row : nil }
            )
        }
        return isKept ? .kept : try await renew(takingFrom: still)
    }

    /// Renews the lease while it is held, so that it is not lost to a bus that answers late or not at all.
    func keep() async {
        while !Task.isCancelled {
            try? await database.environment.time.sleep(for: duration / 3)
            if isHeld { _ = try? await renew(isNewToo: false) }
        }
    }

    /// - Parameters:
    ///   - still: the lease of an owner whose beat has stood still for too long.
    ///   - isNewToo: whether a lease counts that was lost meanwhile and is to be had again.
    private func renew(takingFrom still: Lease.Row? = nil, isNewToo: Bool = true) async throws -> Answer {
        let now = database.environment.time.uptime()
        let row = try await database.engine.write(.relaxed) { [lease] in try lease.take(from: still, in: $0) }
        return holding.withLock { holding in
            guard row.owner == lease.owner else {
                if holding.other?.row != row { holding.other = (row, now) }
                holding.isHolder = false
                return .refused
            }
            let wasHolder = holding.isHolder
            guard wasHolder || isNewToo else { return .refused }
            (holding.end, holding.isHolder, holding.other) = (now + duration, true, nil)
            if wasHolder { return .kept }
            holding.suspicion = RelaySuspicion(takeovers: row.takeovers)
            return .taken(takeovers: row.takeovers)
        }
    }

    /// Notes that another relay has it.
    func lose() { holding.withLock { $0 = Holding() } }

    /// Gives it up. If this fails, the next relay waits until its beat has stood still.
    func release() async {
        lose()
        try? await database.engine.write(.relaxed) { [lease] in try lease.release(in: $0) }
    }

    // MARK: Events that kill

    /// Notes that so many events were published, or refused: none of them has killed the service.
    func noteProgress(of count: Int, ofBatch size: Int) async throws {
        let takeovers = holding.withLock { $0.suspicion.note(published: count, ofBatch: size) }
        if let takeovers { try await setTakeovers(takeovers) }
    }

    /// Notes that nothing waits that could be suspect.
    func clearSuspicion() async throws {
        if holding.withLock(\.suspicion.takeovers) > 0 { try await setTakeovers(0) }
    }

    /// Notes that the first event was set aside: the others are still suspect.
    func noteConviction() async throws { try await setTakeovers(RelaySuspicion.beginning) }

    private func setTakeovers(_ count: Int) async throws {
        try await database.engine.write(.relaxed) { [lease] in try lease.setTakeovers(count, in: $0) }
        holding.withLock { $0.suspicion.set(count) }
    }
}
