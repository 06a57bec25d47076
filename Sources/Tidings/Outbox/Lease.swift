/// The right to do what only one process at a time may do on a database: a row of `tidings_leases`.
package struct Lease: Sendable {
    /// What it is the right to.
    package let name: String
    /// Who asks for it; unique for each holder.
    package let owner: String

    package init(name: String, owner: String) {
        self.name = name
        self.owner = owner
    }

    package static func schema(on engine: any DatabaseEngine) -> [SQLStatement] {
        ["CREATE TABLE tidings_leases (name TEXT PRIMARY KEY, owner TEXT NOT NULL, expires_at BIGINT NOT NULL)"]
    }

    /// Takes the lease if it is free or has expired, or renews it.
    /// - Returns: whether this owner holds it until `end`.
    package func take(until end: Timestamp, at now: Timestamp, in connection: any DatabaseConnection) throws -> Bool {
        try connection.execute(
            """
            INSERT INTO tidings_leases (name, owner, expires_at) VALUES (\(name), \(owner), \(end))
            ON CONFLICT (name) DO UPDATE SET owner = excluded.owner, expires_at = excluded.expires_at
            WHERE tidings_leases.owner = excluded.owner OR tidings_leases.expires_at <= \(now)
            """) == 1
    }

    /// Gives the lease up, so that the next owner need not wait until it expires. The lease of another owner stays.
    package func release(in connection: any DatabaseConnection) throws {
        try connection.execute("DELETE FROM tidings_leases WHERE name = \(name) AND owner = \(owner)")
    }
}
