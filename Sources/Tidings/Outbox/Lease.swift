/// The right to do what only one process at a time may do on a database: a row of `tidings_leases`.
///
/// No wall clock decides: the holder's beat counts up, and whoever has seen it stand still for long enough, by a clock
/// of its own that nobody can set, takes the lease over.
package struct Lease: Sendable {
    /// A lease as its row holds it.
    package struct Row: Sendable, Hashable {
        /// Who holds it; empty if nobody does.
        package let owner: String
        /// How often it went to another owner.
        package let epoch: Int64
        /// How often its owner has renewed it.
        package let beat: Int64
        /// How often in a row it was taken over from an owner that had not released it, and has done nothing since.
        package let takeovers: Int
    }

    /// What it is the right to.
    package let name: String
    /// Who asks for it; unique for each holder, and not empty.
    package let owner: String

    package init(name: String, owner: String) {
        self.name = name
        self.owner = owner
    }

    package static func schema(on engine: any DatabaseEngine) -> [SQLStatement] {
        [
            """
            CREATE TABLE tidings_leases (
                name TEXT PRIMARY KEY, owner TEXT NOT NULL, epoch BIGINT NOT NULL, beat BIGINT NOT NULL,
                takeovers BIGINT NOT NULL)
            """
        ]
    }

    package func find(in connection: any DatabaseConnection) throws -> Row? {
        try connection.query("SELECT owner, epoch, beat, takeovers FROM tidings_leases WHERE name = \(name)").first
            .map { row in
                Row(
                    owner: try row.value("owner"), epoch: try row.value("epoch"), beat: try row.value("beat"),
                    takeovers: try row.value("takeovers"))
            }
    }

    /// Takes the lease if it is free, or renews it.
    /// - Parameter still: the lease of an owner whose beat has stood still for too long: it is taken over, if it still does.
    /// - Returns: the lease as it is then, whoever holds it.
    package func take(from still: Row?, in connection: any DatabaseConnection) throws -> Row {
        let row = try find(in: connection) ?? Row(owner: "", epoch: 0, beat: 0, takeovers: 0)
        let taken: Row
        if row.owner == owner {
            taken = Row(owner: owner, epoch: row.epoch, beat: row.beat + 1, takeovers: row.takeovers)
        } else if row.owner.isEmpty {
            taken = Row(owner: owner, epoch: row.epoch + 1, beat: 0, takeovers: 0)
        } else if row == still {
            taken = Row(owner: owner, epoch: row.epoch + 1, beat: 0, takeovers: row.takeovers + 1)
        } else {
            return row
        }
        try connection.execute(
            """
            INSERT INTO tidings_leases (name, owner, epoch, beat, takeovers)
            VALUES (\(name), \(taken.owner), \(taken.epoch), \(taken.beat), \(taken.takeovers))
            ON CONFLICT (name) DO UPDATE SET owner = excluded.owner, epoch = excluded.epoch, beat = excluded.beat,
                takeovers = excluded.takeovers
            """)
        return taken
    }

    /// Whether this owner holds it; to be asked in the transaction that uses the right.
    package func isHeld(in connection: any DatabaseConnection) throws -> Bool {
        try find(in: connection)?.owner == owner
    }

    /// Notes how often it was taken over in a row.
    package func setTakeovers(_ count: Int, in connection: any DatabaseConnection) throws {
        try connection.execute(
            "UPDATE tidings_leases SET takeovers = \(count) WHERE name = \(name) AND owner = \(owner)")
    }

    /// Writes something that changes each time: the try whether anything can be written.
    static func touch(_ name: String, in connection: any DatabaseConnection) throws {
        try connection.execute(
            """
            INSERT INTO tidings_leases (name, owner, epoch, beat, takeovers) VALUES (\(name), '', 0, 0, 0)
            ON CONFLICT (name) DO UPDATE SET beat = tidings_leases.beat + 1
            """)
    }

    /// Gives the lease up, so that the next owner need not wait. The lease of another owner stays.
    package func release(in connection: any DatabaseConnection) throws {
        try connection.execute(
            "UPDATE tidings_leases SET owner = '' WHERE name = \(name) AND owner = \(owner)")
    }
}
