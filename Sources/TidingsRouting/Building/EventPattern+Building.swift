extension EventPattern {
    /// A pattern written in Swift; it is equal to the same written as JSON.
    ///
    /// ```swift
    /// let large = try EventPattern {
    ///     Field("type", .wildcard("orders.*"))
    ///     Field("data.total", .numeric(above: 100))
    ///     AnyOf {
    ///         Field("data.country", "PT", "ES")
    ///         Field("data.priority", .equalsIgnoringCase("high"))
    ///     }
    /// }
    /// ```
    ///
    /// - Parameter clauses: Fields and choices, which must all hold. If a path is named twice, the last one wins.
    /// - Throws: What the JSON form would be refused for, with the path of the field. Trying again cannot help.
    public init(@PatternBuilder _ clauses: () -> [any PatternClause]) throws(EventPatternError) {
        do throws(PatternRefusal) {
            try self.init(parsing: JSONTree(.object(clauses().flatMap(\.members.nodes))))
        } catch {
            throw error.error()
        }
    }
}
