extension ParkedEvents {
    static func deadLetterCount(
        matching filter: DeadLetterFilter, in connection: any DatabaseConnection
    ) throws -> Int {
        try connection.query("SELECT count(*) AS n FROM \(table) WHERE \(condition(filter))")[0].value("n")
    }

    static func ids(
        _ states: [State] = [.dead], matching filter: DeadLetterFilter, after id: Int64, limit: Int,
        in connection: any DatabaseConnection
    ) throws -> [Int64] {
        try connection.query(
            "SELECT id FROM \(table) WHERE \(condition(filter, states)) AND id > \(id) ORDER BY id LIMIT \(limit)"
        ).map { try $0.value("id") }
    }

    static func deadLetters(
        matching filter: DeadLetterFilter, after id: Int64, limit: Int, in connection: any DatabaseConnection
    ) throws -> [DeadLetter] {
        try connection.query(
            """
            SELECT id, consumer, handler, attempts, error, first_failed_at, last_failed_at, envelope FROM \(table)
            WHERE \(condition(filter)) AND id > \(id) ORDER BY id LIMIT \(limit)
            """
        ).compactMap { row in
            // What cannot be read is no reason to show nothing.
            guard let event = try? row.envelope("envelope") else { return nil }
            return DeadLetter(
                id: try row.value("id"), consumer: try row.value("consumer"), handler: try row.value("handler"),
                event: event, attempts: try row.value("attempts"),
                error: try row.value("error", as: String?.self) ?? "",
                firstFailedAt: try row.value("first_failed_at"), lastFailedAt: try row.value("last_failed_at"))
        }
    }

    static func deadLetterGroups(
        matching filter: DeadLetterFilter, limit: Int, in connection: any DatabaseConnection
    ) throws -> [DeadLetterGroup] {
        try connection.query(
            """
            SELECT consumer, handler, event_type, COALESCE(error, '') AS error, count(*) AS n,
                MIN(first_failed_at) AS first, MAX(last_failed_at) AS last
            FROM \(table) WHERE \(condition(filter))
            GROUP BY consumer, handler, event_type, COALESCE(error, '') ORDER BY n DESC LIMIT \(limit)
            """
        ).map { row in
            DeadLetterGroup(
                consumer: try row.value("consumer"), handler: try row.value("handler"),
                type: try row.value("event_type"), error: try row.value("error"), count: try row.value("n"),
                firstFailedAt: try row.value("first"), lastFailedAt: try row.value("last"))
        }
    }

    static func waiting(
        of consumer: String?, after id: Int64, limit: Int, in connection: any DatabaseConnection
    ) throws -> [ParkedEvent] {
        let ofConsumer: SQLStatement = consumer.map { "AND consumer = \($0)" } ?? ""
        return try connection.query(
            """
            SELECT id, consumer, handler, attempts, error, due_at, envelope FROM \(table)
            WHERE state IN (\(list: State.waiting)) AND id > \(id) \(ofConsumer) ORDER BY id LIMIT \(limit)
            """
        ).compactMap { row in
            guard let event = try? row.envelope("envelope") else { return nil }
            let handler: String = try row.value("handler")
            return ParkedEvent(
                id: try row.value("id"), consumer: try row.value("consumer"),
                handler: handler.isEmpty ? nil : handler, event: event,
                attempts: try row.value("attempts"), error: try row.value("error"), dueAt: try row.value("due_at"))
        }
    }

    /// Makes dead letters due again, one after the other.
    static func redrive(
        _ ids: [Int64], from start: Timestamp, every interval: Duration, in connection: any DatabaseConnection
    ) throws {
        for (number, id) in ids.enumerated() {
            try connection.execute(
                """
                UPDATE \(table) SET state = \(State.redriven), attempts = 0, begun = 0,
                    due_at = \(start + interval * number)
                WHERE id = \(id) AND state = \(State.dead)
                """)
        }
    }

    static func discard(_ ids: [Int64], in connection: any DatabaseConnection) throws {
        try connection.execute(
            "DELETE FROM \(table) WHERE state = \(State.dead) AND id IN (\(list: ids))")
    }

    private static func condition(_ filter: DeadLetterFilter, _ states: [State] = [.dead]) -> SQLStatement {
        var condition: SQLStatement = "state IN (\(list: states))"
        func and(_ part: SQLStatement?) { if let part { condition = "\(condition) AND \(part)" } }
        and(filter.ids.map { $0.isEmpty ? "1 = 0" : "id IN (\(list: $0))" })
        and(filter.consumer.map { "consumer = \($0)" })
        and(filter.type.map { "event_type = \($0)" })
        and(filter.error.map { "error LIKE \("%" + $0.escapedForLike + "%") ESCAPE '!'" })
        and(filter.subject.map { "subject = \($0)" })
        and(filter.from.map { "last_failed_at >= \($0)" })
        and(filter.to.map { "last_failed_at < \($0)" })
        return condition
    }
}

extension String {
    /// The text as a part of a `LIKE` pattern that stands for itself, escaped by `!`.
    fileprivate var escapedForLike: String {
        String(flatMap { "%_!".contains($0) ? ["!", $0] : [$0] })
    }
}
