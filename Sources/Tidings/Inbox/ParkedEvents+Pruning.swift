extension ParkedEvents {
    /// Removes dead letters that last failed before a moment, the oldest first, of all consumers.
    /// - Returns: how many went; `limit` means that there may be more.
    package static func pruneDeadLetters(
        before horizon: Timestamp, limit: Int, in connection: any DatabaseConnection
    ) throws -> Int {
        try connection.execute(
            """
            DELETE FROM \(table) WHERE id IN (
                SELECT id FROM \(table) WHERE state = 'dead' AND last_failed_at < \(horizon)
                ORDER BY last_failed_at LIMIT \(limit))
            """)
    }
}
