import Tidings

/// Enters each item in its books. Nothing in its table keeps an item from being entered twice.
struct Ledger: Consumer {
    static let migrations = [
        Torture.totals,
        Migration(
            "entries",
            """
            CREATE TABLE entries (
                place INTEGER PRIMARY KEY AUTOINCREMENT, number INTEGER NOT NULL, key TEXT NOT NULL,
                cents INTEGER NOT NULL, version INTEGER NOT NULL, run INTEGER NOT NULL)
            """),
    ]

    func subscriber<W: Work>(of type: W.Type, at site: Site) -> Subscriber {
        let torture = site.torture
        return site.subscriber("ledger") {
            On(W.self) { work, transaction in
                try transaction.execute(
                    """
                    INSERT INTO entries (number, key, cents, version, run)
                    VALUES (\(work.number), \(work.key), \(work.cents), \(W.version), \(torture.run))
                    """)
                try torture.count(work.cents, in: "entries", by: "place", transaction)
                switch torture.trouble(of: work.trouble, number: work.number, at: "ledger") {
                case .kill: fatalError("item \(work.number) kills the process")
                case .failAndKill:
                    guard torture.world.attempt("ledger-kill \(work.number)", "kill") > 1 else {
                        throw Trouble.Poison(number: work.number)
                    }
                    fatalError("item \(work.number) kills the process")
                case nil: break
                default: throw Trouble.Poison(number: work.number)
                }
            }
        }
    }
}
