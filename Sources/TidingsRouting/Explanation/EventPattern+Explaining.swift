extension EventPattern {
    /// Says of each value of the pattern whether it held for an event, what was found, and the first reason why not.
    ///
    /// For people and not for the fast path: it builds a tree of the event.
    ///
    /// - Parameter event: The event, one JSON object in UTF-8.
    /// - Returns: Whether the pattern holds, and an entry for each value, in the order of the paths.
    /// - Throws: Why the event is no JSON object. Trying again cannot help.
    /// - Complexity: For each field, the values the event has for it; multiplied, where fields lie in separate arrays.
    public func explain(event: some Sequence<UInt8>) throws(JSONError) -> PatternExplanation {
        Explainer(event: try EventTree(json: Array(event))).explanation(of: self)
    }

    /// Says of each value of the pattern whether it held for an event, what was found, and the first reason why not.
    ///
    /// - Parameter event: The event, one JSON object.
    /// - Returns: Whether the pattern holds, and an entry for each value, in the order of the paths.
    /// - Throws: Why the event is no JSON object. Trying again cannot help.
    public func explain(event: String) throws(JSONError) -> PatternExplanation {
        try explain(event: event.utf8)
    }
}
