import Tidings

/// Sends each item by a call to the outside, and keeps the answer. Nothing in its table keeps two answers from being kept.
struct Post: Consumer {
    static let migrations = [
        Torture.totals,
        Migration(
            "sent",
            """
            CREATE TABLE sent (
                place INTEGER PRIMARY KEY AUTOINCREMENT, number INTEGER NOT NULL, key TEXT NOT NULL,
                answer TEXT NOT NULL, version INTEGER NOT NULL, run INTEGER NOT NULL)
            """),
    ]

    func subscriber<W: Work>(of type: W.Type, at site: Site) -> Subscriber {
        let torture = site.torture
        return site.subscriber("post") {
            On(W.self) { work, effect in
                try await Self.meetTrouble(of: work, torture)
                return torture.world.call(effect.idempotencyKey, number: work.number)
            } then: { work, answer, transaction in
                try transaction.execute(
                    """
                    INSERT INTO sent (number, key, answer, version, run)
                    VALUES (\(work.number), \(work.key), \(answer), \(W.version), \(torture.run))
                    """)
                try torture.count(work.cents, in: "sent", by: "place", transaction)
            }
        }
    }

    private static func meetTrouble(of work: some Work, _ torture: Torture) async throws {
        switch torture.trouble(of: work.trouble, number: work.number, at: "post") {
        case .kill: fatalError("item \(work.number) kills the process")
        case .fail: throw Trouble.Poison(number: work.number)
        case .outage: throw TidingsError(.unavailable, "the outside is not there for item \(work.number)")
        case .slow: try await torture.time.sleep(for: torture.options.effectTimeout * 3 / 4)
        case .hang:
            do {
                try await torture.time.sleep(for: .seconds(1000))
            } catch {
                torture.world.note("G \(work.number)")
                throw error
            }
        case .stuck: await withUnsafeContinuation { (_: UnsafeContinuation<Void, Never>) in }
        default: break
        }
    }
}
